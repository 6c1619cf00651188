import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Engine, Precision } from '../../engine/graph/program.ts';
import { FileError } from '../../ground/errors.ts';
import { appendLine, readLines } from '../../ground/file/json-lines.ts';
import { completeStage, readStage } from '../../ground/file/manifest.ts';
import { isSealed } from '../../ground/file/sealed.ts';
import { readOrSetAside } from '../../ground/file/set-aside.ts';
import { type Executor, localExecutor } from '../../ground/pool/executor.ts';
import type { Progress } from '../../ground/progress.ts';
import { solvers } from '../../heads/solver/table.ts';
import { teacherSource } from '../../teachers/load.ts';
import { guidedEvaluations, type Teacher } from '../../teachers/teacher.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { heldOutSizes } from './held-out.ts';
import { type ShardJob, shardOrigin, shardTasks } from './job.ts';
import { type OwnCost, ownForwards, ownSamplerOf } from './own-ends.ts';
import type { SettledPrecision } from './precision.ts';
import { type CacheFacts, cacheFacts, shardName } from './shard.ts';

/** What is told of the teacher here; its weights are the workers' matter. */
export type SolvedTeacher = Pick<Teacher, 'name' | 'hash' | 'token' | 'condition'> & OwnCost;

/** What the stage runs with. */
export interface GenerateOptions {
  readonly folder: string;
  readonly progress: Progress;
  /** In which numbers the shards are solved; float32 unless given. */
  readonly precision?: SettledPrecision;
  /** Who makes the shards; threads of this process unless given. */
  readonly executor?: Executor;
  /** Told of bookkeeping that was damaged. */
  readonly note?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes the trajectory cache of a recipe, or goes on where it was left: shards that are there, whole, and made by this
 * very job are kept. A complete cache of an earlier version stays as it is, without a held-out set. Throws FileError where
 * the cache is complete but another teacher's, UsageError where it is to have ends of a sampler that the teacher lacks.
 */
export async function generateTrajectories(
  recipe: DistillRecipe,
  teacher: SolvedTeacher,
  options: GenerateOptions,
): Promise<CacheFacts> {
  const { folder } = options;
  const complete = await readStage(folder, cacheFacts);
  if (complete !== undefined) return ofTeacher(complete.facts, teacher, folder);
  if (recipe.trajectories.ownEnds !== undefined) ownSamplerOf(teacher); // before any work
  const jobs = [heldOutJob(recipe, folder), ...shardJobs(recipe, folder, options.precision?.used)];
  const missing: ShardJob[] = [];
  for (const job of jobs) if (!(await isSealed(job.path, shardOrigin(job, teacher)))) missing.push(job);
  const seconds = await makeShards(recipe, missing, options);
  const facts = { ...factsOf(recipe, teacher, seconds), ...(options.precision && { precision: options.precision }) };
  await completeStage(
    folder,
    jobs.map(({ index }) => shardName(index)),
    facts,
  );
  return facts;
}

/** Students of a run must not follow two teachers. */
function ofTeacher(facts: CacheFacts, { hash, name }: SolvedTeacher, folder: string): CacheFacts {
  if (facts.teacher === hash) return facts;
  throw new FileError(
    `${folder}: expected trajectories of the teacher ${name} ${hash.slice(0, 12)}…, got those of ` +
      `${facts.teacher.slice(0, 12)}…: it has changed since; delete ${dirname(folder)} to distil it as it is now`,
  );
}

const shardTime = z.strictObject({ index: z.union([z.int(), z.literal('held-out')]), secondsElapsed: z.number() });

/** Contexts of a shard that are trained on. */
const trainedRows = ({ index, rows }: ShardJob): number => (index === 'held-out' ? 0 : rows);

/** Makes the missing shards; gives the seconds that all took, those of earlier, interrupted calls included. */
async function makeShards(
  recipe: DistillRecipe,
  missing: readonly ShardJob[],
  { folder, progress, executor = localExecutor, signal, note = () => {} }: GenerateOptions,
): Promise<number> {
  const { contexts } = recipe.trajectories;
  const stage = progress.stage('trajectories', contexts, 'contexts');
  let done = contexts - missing.reduce((rows, job) => rows + trainedRows(job), 0);
  stage.advance(done);
  const times = join(folder, 'times.jsonl');
  const earlier = await readOrSetAside(times, () => readLines(times, shardTime), note);
  const secondsBefore = earlier?.at(-1)?.secondsElapsed ?? 0;
  const started = performance.now();
  const seconds = (): number => secondsBefore + (performance.now() - started) / 1000;
  if (missing.length === 0) return seconds();
  const pool = executor.open(shardTasks, {
    workers: Math.min(recipe.engine.workers, missing.length),
    attempts: 2,
    ...(signal && { signal }),
  });
  try {
    await pool.all(missing, {
      onDone: async (_, place) => {
        const job = missing[place];
        if (job === undefined) return;
        done += trainedRows(job);
        stage.advance(done);
        await appendLine(times, { index: job.index, secondsElapsed: seconds() });
      },
    });
  } finally {
    await pool.close();
  }
  stage.done();
  return seconds();
}

/** The shards of a recipe's cache: all of `shardRows` contexts, the last of what is left; solved in float32 unless told. */
export function shardJobs(recipe: DistillRecipe, folder: string, precision?: Precision): ShardJob[] {
  const { contexts, shardRows, draws, ownEnds } = recipe.trajectories;
  return Array.from({ length: Math.ceil(contexts / shardRows) }, (_, index) => ({
    ...sharedJob(recipe),
    ...{ index, rows: Math.min(shardRows, contexts - index * shardRows), draws, path: join(folder, shardName(index)) },
    ...(ownEnds !== undefined && { ownEnds }),
    ...(precision !== undefined && { precision }),
  }));
}

/** The held-out set of a recipe's cache: solved as its shards are, free-running as often, and in float32: others are measured by it. */
export function heldOutJob(recipe: DistillRecipe, folder: string): ShardJob {
  const { contexts: rows, ...draws } = heldOutSizes(recipe.trajectories);
  return { ...sharedJob(recipe), index: 'held-out', rows, ...draws, path: join(folder, shardName('held-out')) };
}

function sharedJob(recipe: DistillRecipe): Omit<ShardJob, 'index' | 'rows' | 'draws' | 'path'> {
  const { trajectories, engine, guidance } = recipe;
  const { solver, steps, keep, freeRunning } = trajectories;
  const [seed = 1] = recipe.seeds;
  const { kind, provider, threads }: Engine = engine;
  return {
    ...{ teacher: teacherSource(recipe), engine: { kind, provider, threads }, seed },
    ...{ solver, steps, keep, guidance, freeRunning },
  };
}

/** Head forwards of a cached path, those of guidance counted. */
export const pathForwards = (
  { steps, solver }: DistillRecipe['trajectories'],
  teacher: Pick<Teacher, 'evaluations'>,
): number => guidedEvaluations(teacher) * steps * solvers[solver].evaluations;

/** Head forwards of a recipe's cache, its held-out set and own ends included. */
export function cacheForwards(trajectories: DistillRecipe['trajectories'], teacher: OwnCost): number {
  const sets = [trajectories, heldOutSizes(trajectories)];
  const [path, own] = [pathForwards(trajectories, teacher), ownForwards(teacher)];
  return sets.reduce((sum, { contexts, draws, ownEnds = 0 }) => sum + contexts * (draws * path + ownEnds * own), 0);
}

const factsOf = ({ trajectories }: DistillRecipe, teacher: SolvedTeacher, seconds: number): CacheFacts => ({
  teacher: teacher.hash,
  solver: trajectories.solver,
  steps: trajectories.steps,
  draws: trajectories.draws,
  contexts: trajectories.contexts,
  heldOut: heldOutSizes(trajectories),
  ...(trajectories.ownEnds !== undefined && { ownEnds: trajectories.ownEnds }),
  token: teacher.token,
  condition: teacher.condition,
  forwards: cacheForwards(trajectories, teacher),
  seconds,
});
