/**
 * What an evaluation writes (`evaluation.json` in the run's folder) and a report reads. Times in milliseconds unless
 * the name says otherwise. NFE counts head forwards a token: a guided evaluation costs two, one where the
 * hidden states are guided before the head, three where prompt and image guide apart.
 */

import type { TrainedPrecision } from '../../distillation/train/student-facts.ts';
import type { SettledPrecision } from '../../distillation/trajectory/precision.ts';
import type { Breakdown } from '../breakdown/breakdown.ts';
import type { ByCommand } from '../command/result.ts';
import type { Quality } from '../metric/table.ts';
import type { PathEnergy } from '../statistics/path-energy.ts';

/** Latency of one call of the head (all K jumps of it) at a batch size, after warm-up. */
export interface Latency {
  readonly batch: number;
  readonly calls: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Speed end to end. */
export interface Speed {
  readonly latency: readonly Latency[];
  readonly imagesPerSecond?: number;
  /** Share of the time of an image that is spent in the head, 0–1. */
  readonly headShare?: number;
  /** How much faster an image could become if the head cost nothing: 1 / (1 − headShare). */
  readonly amdahlLimit?: number;
}

/**
 * What it cost to make a student, or to fit a solver (which is charged the cached paths that it was fitted to, not the whole
 * cache): all in head forwards (a backward counts two, guidance doubles).
 */
export interface Cost {
  readonly cacheForwards: number;
  /** Of the trainings of the students that it started from, one from the other; absent where it started from none. */
  readonly startForwards?: number;
  readonly trainingForwards: number;
  readonly totalForwards: number;
  readonly trainingSeconds: number;
  readonly trainingSteps: number;
}

/** One line of the results: a head at a step count. */
export interface EvaluationRow {
  /** `teacher` under its best solver and step count, `student`, or `solver`: the teacher at few steps. */
  readonly kind: 'teacher' | 'student' | 'solver';
  /** Unique among rows of one step count: `trajectory`, `teacher euler`, `teacher euler, searched times`. */
  readonly name: string;
  /** Entry of the methods' table (students) or of the solvers' table. */
  readonly method: string;
  readonly seed: number;
  readonly steps: number;
  /** A mean over the tokens of an image where their step counts differ. */
  readonly nfe: number;
  readonly guidance: number;
  /** The student's name in the recipe, and how it takes steps; files of earlier versions may be without. */
  readonly student?: string;
  readonly sampler?: string;
  /** What of a solver was fitted to cached paths: `times`, or its `weights` and times. */
  readonly fit?: string;
  /** Times of its steps that were searched or fitted [steps + 1]; equal steps where absent. */
  readonly times?: readonly number[];
  /** Factors on a student's noise, where it has some. */
  readonly noiseScales?: readonly number[];
  /** Its step counts by the token's place in an image, where they change along it; the first of them are `steps` [L]. */
  readonly stepsByToken?: readonly number[];
  /** The own sampler of the system that the teacher came from, as its users run it. */
  readonly own?: true;
  readonly quality: Quality;
  /** Of students and of the own sampler, under the evaluation's own guidance scale. */
  readonly breakdown?: Breakdown;
  readonly speed?: Speed;
  readonly cost?: Cost;
  /** PNG of a grid of samples in the run's folder; same prompts and noise in every row. */
  readonly grid?: string;
  /** PNG of those of them that look most like trained images; below each the nearest trained and the nearest other real one. */
  readonly neighbours?: string;
}

/** The same metrics between two sets that come from the same source. */
export interface Floors {
  /** Two disjoint halves of noise through the teacher. */
  readonly teacherTeacher: Quality;
  readonly breakdown?: Breakdown;
  /** Two disjoint sets of real data. */
  readonly realReal?: Quality;
}

/** Every row under another guidance scale than the evaluation's own, compared with the teacher under the same. */
export interface GuidedRows {
  readonly guidance: number;
  readonly teacherTeacher: Quality;
  readonly rows: readonly EvaluationRow[];
}

/** A loss curve and what else training logged, as read from a student's metrics.jsonl. */
export interface TrainingLogLine {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly secondsElapsed: number;
  /** Of the student's single step on the same cached paths, at some of the lines. */
  readonly rawError?: number;
  /** At the same lines, on contexts that are held out: the method's loss, and the averaged student's energy distance. */
  readonly heldOutLoss?: number;
  readonly heldOutEnergy?: number;
  /** The same loss on contexts that are trained on. */
  readonly trainedLoss?: number;
}

/** What the workers of a machine did of a run: units of each kind, and the seconds of all of them. */
export interface MachineShare {
  readonly host: string;
  readonly cpu: string;
  readonly units: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Who made a run, where it was more than one process. */
export interface Makers {
  /** Whether machines of several kinds worked, whose bytes may differ. */
  readonly mixed: boolean;
  readonly machines: readonly MachineShare[];
}

/** The whole result of a run. */
export interface Evaluation {
  readonly recipe: string;
  readonly recipeHash: string;
  /** True for a short run (few images or short training): the report is labelled a preview. */
  readonly preview: boolean;
  readonly command: string;
  readonly createdAt: string;
  readonly samples: number;
  readonly unit: 'images' | 'tokens';
  readonly teacher: { readonly name: string; readonly hash: string; readonly parameters: number };
  /** The network that looked at images: what distances on its features are called where they are not FD, and of those that tell classes how well. */
  readonly features?: {
    readonly name: string;
    readonly hash: string;
    readonly distance?: string;
    readonly accuracy?: number;
  };
  /** What stood in the place of held-out images: a file or folder, and how many images it held, where it held them. */
  readonly statistics?: { readonly name: string; readonly hash: string; readonly images?: number };
  readonly floors: Floors;
  /** In which numbers the trained paths were solved, where the recipe does not say float32. */
  readonly precision?: SettledPrecision;
  /** In which numbers students were trained, of those whose recipe does not say float32. */
  readonly trainings?: readonly (TrainedPrecision & { readonly name: string; readonly seed: number })[];
  /** Of the teacher's paths to held-out contexts, under scales of the trained range. */
  readonly paths?: PathEnergy;
  readonly rows: readonly EvaluationRow[];
  readonly otherGuidance?: readonly GuidedRows[];
  /** What the user's own closed loop made, where the recipe has one. */
  readonly byCommand?: ByCommand;
  /** PNG of real data, laid out as the grids of the rows. */
  readonly realGrid?: string;
  /** The machine that coordinated the run, and measured its speed. */
  readonly environment: Readonly<Record<string, string | number>>;
  /** Who made trajectories, students, samples and metrics, where it was more than one process. */
  readonly workers?: Makers;
  readonly stageSeconds: Readonly<Record<string, number>>;
}
