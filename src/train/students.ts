import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { readStage } from '../file/manifest.ts';
import { studentFolder } from '../file/run-folder.ts';
import { createPool, type Pool } from '../pool/pool.ts';
import type { Progress, StageProgress } from '../progress.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { type StudentJob, type StudentProgress, studentFacts, studentFile } from './student-job.ts';

/** What the stage runs with. */
export interface StudentsOptions {
  /** Folder of the trajectory cache. */
  readonly cache: string;
  /** Folder of the run. */
  readonly run: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** A trained student: where it is and what it cost. */
export interface TrainedStudent {
  readonly name: string;
  readonly method: string;
  readonly seed: number;
  readonly folder: string;
  readonly path: string;
  readonly facts: z.output<typeof studentFacts>;
}

/** Trains every student of a recipe with every seed, one a worker; complete ones are kept, others go on. */
export async function trainStudents(recipe: DistillRecipe, options: StudentsOptions): Promise<TrainedStudent[]> {
  const jobs = studentJobs(recipe, options);
  const open: StudentJob[] = [];
  for (const job of jobs) if ((await factsOf(job)) === undefined) open.push(job);
  if (open.length > 0) await trainOpen(recipe, open, options);
  const trained: TrainedStudent[] = [];
  for (const job of jobs) {
    const facts = await factsOf(job);
    if (facts === undefined) throw new TypeError(`student ${job.student.name} was trained but is not complete`);
    const { student, seed, folder } = job;
    trained.push({ name: student.name, method: student.method, seed, folder, path: join(folder, studentFile), facts });
  }
  return trained;
}

/** A worker's job for each student and seed. */
export function studentJobs(
  recipe: DistillRecipe,
  { cache, run }: Pick<StudentsOptions, 'cache' | 'run'>,
): StudentJob[] {
  const { kind, provider, threads } = recipe.engine;
  return recipe.seeds.flatMap((seed) =>
    recipe.students.map((student) => ({
      student,
      seed,
      teacher: recipe.teacher,
      engine: { kind, provider, threads },
      cache,
      folder: studentFolder(run, student.name, seed),
      ...(student.init !== undefined && { init: join(studentFolder(run, student.init, seed), studentFile) }),
    })),
  );
}

const factsOf = async (job: StudentJob) => (await readStage(job.folder, studentFacts))?.facts;

async function trainOpen(
  recipe: DistillRecipe,
  jobs: readonly StudentJob[],
  { progress, signal }: StudentsOptions,
): Promise<void> {
  for (const { folder } of jobs) await mkdir(folder, { recursive: true });
  const stage = progress.stage(
    'students',
    jobs.reduce((steps, { student }) => steps + student.training.steps, 0),
    'steps',
  );
  const pool = createPool<StudentJob, void, StudentProgress>(new URL('./student-worker.ts', import.meta.url), {
    workers: Math.min(recipe.engine.workers, jobs.length),
    ...(signal && { signal }),
  });
  try {
    await runInOrder(pool, jobs, stage);
    stage.done();
  } finally {
    await pool.close();
  }
}

/** Runs jobs side by side; one that starts from another's weights waits for it. */
async function runInOrder(
  pool: Pool<StudentJob, void, StudentProgress>,
  jobs: readonly StudentJob[],
  stage: StageProgress,
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const steps = new Map<string, number>();
  const failed = new AbortController();
  const note = (job: StudentJob, { step, loss }: StudentProgress): void => {
    steps.set(job.folder, step);
    stage.advance(
      [...steps.values()].reduce((sum, done) => sum + done, 0),
      `${job.student.name} loss ${loss.toPrecision(3)}`,
    );
  };
  const start = async (job: StudentJob): Promise<void> => {
    if (job.init !== undefined) await running.get(join(job.init, '..'));
    await pool.run(job, { onMessage: (message) => note(job, message), signal: failed.signal });
  };
  for (const job of jobs) running.set(job.folder, start(job));
  try {
    await Promise.all(running.values());
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(running.values());
    throw error;
  }
}
