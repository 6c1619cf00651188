/** What a report reads of a run's folder: evaluation.json, the training logs, the resolved recipe. Nothing else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FileError } from '../errors.ts';
import type { Evaluation } from '../evaluate/result.ts';
import { fileFailure, systemCode } from '../file/failure.ts';
import { readJson } from '../file/json.ts';
import { readTrainingLogs, type TrainingLog } from './training-log.ts';

const estimate = z
  .strictObject({ value: z.number(), low: z.number(), high: z.number() })
  .refine(({ low, high }) => low <= high, 'the interval must have low ≤ high');
const share = z.number().min(0).max(1);
const countOf = z.number().nonnegative();

const quality = z.strictObject({
  fd: estimate.exactOptional(),
  fdGap: estimate.exactOptional(),
  fdRatio: estimate.exactOptional(),
  fdToTeacher: estimate.exactOptional(),
  kid: estimate.exactOptional(),
  slicedW2: estimate.exactOptional(),
  precision: estimate.exactOptional(),
  recall: estimate.exactOptional(),
  density: estimate.exactOptional(),
  coverage: estimate.exactOptional(),
  energyDistance: estimate.exactOptional(),
  dispersion: estimate.exactOptional(),
  dispersionWithoutBlank: estimate.exactOptional(),
  endpointError: estimate.exactOptional(),
  accuracy: estimate.exactOptional(),
});

const latency = z.strictObject({
  batch: z.int().positive(),
  calls: z.int().positive(),
  p50: countOf,
  p90: countOf,
  p99: countOf,
});

const speed = z.strictObject({
  latency: z.array(latency),
  imagesPerSecond: z.number().positive().exactOptional(),
  headShare: share.exactOptional(),
  amdahlLimit: z.number().min(1).exactOptional(),
});

const cost = z.strictObject({
  cacheForwards: countOf,
  trainingForwards: countOf,
  totalForwards: countOf,
  trainingSeconds: countOf,
  trainingSteps: countOf,
});

/** A path inside the run's folder: relative, no way out. */
const inside = z
  .string()
  .min(1)
  .refine(
    (path) => !/^([/\\]|[a-z]:)/i.test(path) && !path.split(/[/\\]/).includes('..'),
    'expected a path inside the run’s folder',
  );

const row = z.strictObject({
  kind: z.enum(['teacher', 'student', 'solver']),
  name: z.string().min(1),
  method: z.string(),
  seed: z.int(),
  steps: z.int().positive(),
  nfe: z.int().positive(),
  guidance: z.number(),
  sampler: z.string().exactOptional(),
  quality,
  speed: speed.exactOptional(),
  cost: cost.exactOptional(),
  grid: inside.exactOptional(),
});

const evaluationSchema: z.ZodType<Evaluation> = z.strictObject({
  recipe: z.string().min(1),
  recipeHash: z.string().min(1),
  preview: z.boolean(),
  command: z.string(),
  createdAt: z.string(),
  samples: z.int().positive(),
  unit: z.enum(['images', 'tokens']),
  teacher: z.strictObject({ name: z.string(), hash: z.string(), parameters: countOf }),
  features: z.strictObject({ name: z.string(), hash: z.string(), accuracy: share }).exactOptional(),
  floors: z.strictObject({ teacherTeacher: quality, realReal: quality.exactOptional() }),
  rows: z.array(row).min(1),
  realGrid: inside.exactOptional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])),
  stageSeconds: z.record(z.string(), countOf),
});

/** The files of a run, read and checked. */
export interface RunFiles {
  readonly folder: string;
  readonly evaluation: Evaluation;
  readonly training: readonly TrainingLog[];
  /** The resolved recipe as text; empty where the run has none. */
  readonly recipe: string;
}

/**
 * Reads a run's evaluation.json. Throws FileError that names the place in the file where it is not an evaluation of
 * this version.
 */
export async function readEvaluation(runFolder: string): Promise<Evaluation> {
  const path = join(runFolder, 'evaluation.json');
  try {
    return await readJson(path, evaluationSchema);
  } catch (cause) {
    if (!(cause instanceof FileError) || !(cause.cause instanceof z.ZodError)) throw cause;
    throw new FileError(
      `${cause.message}; the file is of another version or another program: run \`fewstep evaluate\` again`,
      { cause },
    );
  }
}

async function readRecipe(folder: string): Promise<string> {
  const path = join(folder, 'recipe.resolved.yaml');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw fileFailure(path, 'read', error);
  }
}

/** Reads all that a report needs of a run's folder. Throws FileError. */
export async function readRun(folder: string): Promise<RunFiles> {
  const evaluation = await readEvaluation(folder);
  return {
    folder,
    evaluation,
    training: await readTrainingLogs(folder, evaluation),
    recipe: await readRecipe(folder),
  };
}
