import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { completeStage, readStage } from '../file/manifest.ts';
import { openSafetensors } from '../file/safetensors.ts';
import type { Engine } from '../graph/program.ts';
import { createPool } from '../pool/pool.ts';
import type { Progress } from '../progress.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { type SolverName, solvers } from '../solver/table.ts';
import type { Teacher } from '../teacher/teacher.ts';
import type { ShardDone, ShardJob } from './job.ts';
import { type CacheFacts, cacheFacts, shardName } from './shard.ts';

/** What the stage runs with. */
export interface GenerateOptions {
  readonly folder: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** Makes the trajectory cache of a recipe, or goes on where it was left: shards that are there are kept. */
export async function generateTrajectories(
  recipe: DistillRecipe,
  teacher: Teacher,
  options: GenerateOptions,
): Promise<CacheFacts> {
  const { folder, progress, signal } = options;
  const complete = await readStage(folder, cacheFacts);
  if (complete !== undefined) return complete.facts;
  await mkdir(folder, { recursive: true });
  const jobs = shardJobs(recipe, folder);
  const missing: ShardJob[] = [];
  for (const job of jobs) if (!(await isShardOf(job, teacher))) missing.push(job);
  const { contexts } = recipe.trajectories;
  const stage = progress.stage('trajectories', contexts, 'contexts');
  let done = contexts - missing.reduce((rows, job) => rows + job.rows, 0);
  stage.advance(done);
  const started = performance.now();
  if (missing.length > 0) {
    const pool = createPool<ShardJob, ShardDone>(new URL('./worker.ts', import.meta.url), {
      workers: Math.min(recipe.engine.workers, missing.length),
      ...(signal && { signal }),
    });
    try {
      await pool.all(missing, {
        onDone: (_, index) => {
          done += missing[index]?.rows ?? 0;
          stage.advance(done);
        },
      });
    } finally {
      await pool.close();
    }
  }
  stage.done();
  const facts = factsOf(recipe, teacher, (performance.now() - started) / 1000);
  await completeStage(
    folder,
    jobs.map(({ index }) => shardName(index)),
    facts,
  );
  return facts;
}

/** The shards of a recipe's cache: all of `shardRows` contexts, the last of what is left. */
export function shardJobs(recipe: DistillRecipe, folder: string): ShardJob[] {
  const { trajectories, engine, guidance } = recipe;
  const { contexts, shardRows, draws, solver, steps, keep, freeRunning } = trajectories;
  const [seed = 1] = recipe.seeds;
  const { kind, provider, threads }: Engine = engine;
  return Array.from({ length: Math.ceil(contexts / shardRows) }, (_, index) => ({
    teacher: recipe.teacher,
    engine: { kind, provider, threads },
    seed,
    index,
    rows: Math.min(shardRows, contexts - index * shardRows),
    draws,
    solver: solver as SolverName,
    steps,
    keep,
    guidance,
    freeRunning,
    path: join(folder, shardName(index)),
  }));
}

/** Whether a shard is there, whole and of this teacher and solver. */
async function isShardOf(job: ShardJob, teacher: Teacher): Promise<boolean> {
  if (!existsSync(job.path)) return false;
  const file = await openSafetensors(job.path);
  try {
    const { metadata } = file;
    const { solver, steps, seed, index } = job;
    const expected: Record<string, string> = {
      teacher: teacher.hash,
      solver,
      steps: String(steps),
      seed: String(seed),
      index: String(index),
    };
    return Object.entries(expected).every(([name, value]) => metadata[name] === value);
  } finally {
    await file.close();
  }
}

const factsOf = ({ trajectories }: DistillRecipe, teacher: Teacher, seconds: number): CacheFacts => ({
  teacher: teacher.hash,
  solver: trajectories.solver,
  steps: trajectories.steps,
  draws: trajectories.draws,
  contexts: trajectories.contexts,
  token: teacher.token,
  condition: teacher.condition,
  forwards:
    trajectories.contexts *
    trajectories.draws *
    2 *
    trajectories.steps *
    solvers[trajectories.solver as SolverName].evaluations,
  seconds,
});
