import { join } from 'node:path';
import type { z } from 'zod';
import { checkpointStep } from '../../engine/training/checkpoint.ts';
import { checkpointPath } from '../../engine/training/logged-training.ts';
import { FileError } from '../../ground/errors.ts';
import { readStage } from '../../ground/file/manifest.ts';
import { studentFolder } from '../../ground/file/run-folder.ts';
import { type Executor, localExecutor } from '../../ground/pool/executor.ts';
import type { Pool } from '../../ground/pool/pool.ts';
import type { Progress, StageProgress } from '../../ground/progress.ts';
import { teacherSource } from '../../teachers/load.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { type GivenTimes, givenTimes, measuredCounts, searchedCounts } from '../recipe/times.ts';
import { studentFacts, studentFile } from './student-facts.ts';
import { type StudentJob, type StudentProgress, studentTasks } from './student-job.ts';

/** What the stage runs with. */
export interface StudentsOptions {
  /** Folder of the trajectory cache. */
  readonly cache: string;
  /** Folder of the run. */
  readonly run: string;
  readonly progress: Progress;
  /** Who trains; threads of this process unless given. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
}

/** A trained student: where it is and what it cost. */
export interface TrainedStudent {
  readonly name: string;
  readonly method: string;
  readonly seed: number;
  readonly folder: string;
  readonly path: string;
  /** SHA-256 of its weights' file. */
  readonly hash: string;
  readonly facts: z.output<typeof studentFacts>;
  /** Times of its steps by step count, where the recipe gives them. */
  readonly times?: GivenTimes;
  /** Factors on its noise that the recipe gives, by step count. */
  readonly noiseScales?: StudentJob['student']['noiseScales'];
}

/**
 * Trains every student of a recipe with every seed, one a worker; complete ones are kept, others go on. Throws FileError
 * where a complete one is corrupt.
 */
export async function trainStudents(recipe: DistillRecipe, options: StudentsOptions): Promise<TrainedStudent[]> {
  const jobs = studentJobs(recipe, options);
  const open: StudentJob[] = [];
  for (const job of jobs) if ((await trainedOf(job)) === undefined) open.push(job);
  if (open.length > 0) await trainOpen(recipe, jobs, open, options);
  return trainedStudents(recipe, options);
}

/** The students of a run that are trained. Throws FileError where one is not complete or corrupt. */
export async function trainedStudents(
  recipe: DistillRecipe,
  folders: Pick<StudentsOptions, 'cache' | 'run'>,
): Promise<TrainedStudent[]> {
  const trained: TrainedStudent[] = [];
  for (const job of studentJobs(recipe, folders)) {
    const student = await trainedOf(job);
    if (student === undefined)
      throw new FileError(`${job.folder}: expected a trained student; run \`fewstep distill\` first`);
    trained.push(student);
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
      student: { ...student, steps: measuredCounts(student, recipe) },
      ...(student.times === 'searched' && { counts: searchedCounts(student, recipe) }),
      seed,
      teacher: teacherSource(recipe),
      engine: { kind, provider, threads },
      cache,
      folder: studentFolder(run, student.name, seed),
      ...(student.init !== undefined && { init: join(studentFolder(run, student.init, seed), studentFile) }),
    })),
  );
}

/** The student of a job, checked by its checksum; undefined while its training is not complete. */
async function trainedOf({ student, seed, folder }: StudentJob): Promise<TrainedStudent | undefined> {
  const stage = await readStage(folder, studentFacts, { verify: true });
  if (stage === undefined) return undefined;
  const { facts, files } = stage;
  const hash = files.find(({ path }) => path === studentFile)?.sha256 ?? '';
  const { name, method } = student;
  const [times, { noiseScales }] = [givenTimes(student), student];
  const given = { ...(times && { times }), ...(noiseScales && { noiseScales }) };
  return { name, method, seed, folder, path: join(folder, studentFile), hash, facts, ...given };
}

async function trainOpen(
  recipe: DistillRecipe,
  jobs: readonly StudentJob[],
  open: readonly StudentJob[],
  { progress, executor = localExecutor, signal }: StudentsOptions,
): Promise<void> {
  const steps = await stepsDone(jobs, open);
  const total = jobs.reduce((sum, { student }) => sum + student.training.steps, 0);
  const stage = progress.stage('students', total, 'steps');
  stage.advance(sumOf(steps));
  const pool = executor.open(studentTasks, {
    workers: Math.min(recipe.engine.workers, open.length),
    attempts: 2,
    ...(signal && { signal }),
  });
  try {
    await runInOrder(pool, open, steps, stage);
    stage.done();
  } finally {
    await pool.close();
  }
}

/** The steps of each student's folder that are done: all of a complete one, those of the checkpoint of an open one. */
async function stepsDone(jobs: readonly StudentJob[], open: readonly StudentJob[]): Promise<Map<string, number>> {
  const steps = new Map<string, number>();
  for (const job of jobs) {
    const done = open.includes(job) ? await checkpointStep(checkpointPath(job.folder)) : job.student.training.steps;
    steps.set(job.folder, done);
  }
  return steps;
}

const sumOf = (steps: ReadonlyMap<string, number>): number => [...steps.values()].reduce((sum, done) => sum + done, 0);

/** Runs jobs side by side; one that starts from another's weights waits for it. */
async function runInOrder(
  pool: Pool<StudentJob, void, StudentProgress>,
  jobs: readonly StudentJob[],
  steps: Map<string, number>,
  stage: StageProgress,
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const failed = new AbortController();
  const note = (job: StudentJob, { step, loss }: StudentProgress): void => {
    steps.set(job.folder, step);
    stage.advance(sumOf(steps), `${job.student.name} loss ${loss.toPrecision(3)}`);
  };
  const start = async (job: StudentJob): Promise<void> => {
    if (job.init !== undefined) await running.get(join(job.init, '..'));
    await pool.run(job, { onMessage: (message) => note(job, message), signal: failed.signal });
    const { steps: planned } = job.student.training;
    if (steps.get(job.folder) === planned) return;
    steps.set(job.folder, planned); // patience ended it: there is no more to do
    stage.advance(sumOf(steps));
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
