/** What a run consists of, before any of it is done: `runs/<run>/plan.json`, by which any engine can work. */
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { DistillRecipe } from '../distillation/recipe/recipe.ts';
import { fitPath } from '../distillation/solver/file.ts';
import { plannedFits } from '../distillation/solver/plan.ts';
import { studentTasks } from '../distillation/train/student-job.ts';
import { studentJobs } from '../distillation/train/students.ts';
import { heldOutJob, shardJobs } from '../distillation/trajectory/generate.ts';
import { shardTasks } from '../distillation/trajectory/job.ts';
import { type SettledPrecision, settledPrecision } from '../distillation/trajectory/precision.ts';
import { rowGroups } from '../evaluation/stage/row-groups.ts';
import { FileError } from '../ground/errors.ts';
import { readSealedJson, writeSealedJson } from '../ground/file/sealed-json.ts';
import { type TaskKindName, taskKinds } from '../ground/pool/executor.ts';
import { versions } from '../ground/versions.ts';
import type { OwnSampler } from '../teachers/teacher.ts';
import { decidingParts, machineSchema } from './machine.ts';
import { placeWord, taskId } from './task.ts';

const groupSchema = z.strictObject({
  kind: z.enum(taskKinds),
  /** The kinds of which all must be done before. */
  after: z.array(z.enum(taskKinds)),
  /** The file that is there when a unit is done, in the run's folder. */
  writes: z.string().max(200),
  units: z.array(taskId).max(10_000_000),
  /** Units of the same kind that one starts from. */
  needs: z.record(taskId, taskId).exactOptional(),
});

const planSchema = z.strictObject({
  format: z.literal(1),
  /** Of this folder; it stays when a run is planned again. */
  place: placeWord,
  /** What a unit needs: threads of an execution provider. */
  threads: z.int().positive(),
  provider: z.string().max(40),
  /** What decides bytes of the machines that may do units; absent where the first that does one decides (`claimed-machine.ts`). */
  machine: machineSchema.exactOptional(),
  /** Hashes of what the recipe names and the run's folder lacks: with others at the same place it would be another run. */
  inputs: z
    .strictObject({ teacher: z.string().max(300), features: z.string().max(300).exactOptional() })
    .exactOptional(),
  /** In which numbers trajectories are solved, where the recipe does not say float32: it is decided once. */
  precision: settledPrecision.exactOptional(),
  /** Whether machines of several kinds may work on it, whose bytes differ. */
  mixed: z.boolean(),
  groups: z.array(groupSchema).max(taskKinds.length),
});

/** The plan of a run: units of each kind, in the order in which they can be done. */
export type RunPlan = z.output<typeof planSchema>;

/** The same before it is in a folder. */
export type UnplacedPlan = Omit<RunPlan, 'place'>;

type Group = RunPlan['groups'][number];

/** What a plan is told of the teacher. */
export interface PlannedTeacher {
  readonly hash?: string;
  readonly own?: Pick<OwnSampler, 'rule' | 'steps'>;
}

/** What else a plan says. */
export interface PlanOptions {
  /** Whether machines of several kinds may work. */
  readonly mixed: boolean;
  /** The hash of what judges images. */
  readonly features?: string;
  readonly precision?: SettledPrecision;
}

/** The plan of a recipe's run in a folder. */
export function planOf(
  recipe: DistillRecipe,
  run: string,
  teacher: PlannedTeacher,
  { mixed, features, precision }: PlanOptions,
): UnplacedPlan {
  const students = studentJobs(recipe, { run, cache: '' });
  const needs = students.flatMap((job) =>
    job.init === undefined ? [] : [[studentTasks.idOf(job), basename(join(job.init, '..'))] as const],
  );
  const rows = rowGroups(recipe, { students: [], solvers: [], teacher }, run)
    .flatMap((group) => group.rows)
    .map(({ path }) => basename(path, '.safetensors'));
  const group = (kind: TaskKindName, after: TaskKindName[], writes: string, units: string[]): Group => ({
    kind,
    after,
    writes,
    units,
  });
  return {
    format: 1,
    ...{ threads: recipe.engine.threads, provider: recipe.engine.provider, machine: decidingParts(versions()), mixed },
    ...(teacher.hash !== undefined && {
      inputs: { teacher: teacher.hash, ...(features !== undefined && { features }) },
    }),
    ...(precision && { precision }),
    groups: [
      group(
        'trajectories',
        [],
        'trajectories/{id}.safetensors',
        [heldOutJob(recipe, ''), ...shardJobs(recipe, '')].map(shardTasks.idOf),
      ),
      {
        ...group('students', ['trajectories'], 'training/{id}/manifest.json', students.map(studentTasks.idOf)),
        ...(needs.length > 0 && { needs: Object.fromEntries(needs) }),
      },
      group(
        'solvers',
        ['trajectories'],
        'solvers/{id}.json',
        plannedFits(recipe).map((fit) => basename(fitPath('', fit), '.json')),
      ),
      group('samples', ['students', 'solvers'], 'evaluation/{id}.safetensors', rows),
      group('metrics', ['samples'], 'evaluation/{id}.json', rows),
    ],
  };
}

const pathIn = (run: string): string => join(run, 'plan.json');

/** Writes the plan of a run; its place is what it was. Throws FileError. */
export async function writePlan(run: string, plan: UnplacedPlan): Promise<void> {
  const before = await readPlan(run).catch((error) => {
    if (error instanceof FileError) return undefined;
    throw error;
  });
  await writeSealedJson(pathIn(run), planSchema, { place: before?.place ?? randomBytes(8).toString('hex'), ...plan });
}

/** Reads it. Throws FileError. */
export const readPlan = (run: string): Promise<RunPlan> =>
  readSealedJson(pathIn(run), planSchema, 'run the same command again: it is written anew');
