import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Engine } from '../../engine/graph/program.ts';
import { trainLogged } from '../../engine/training/logged-training.ts';
import { logPath } from '../../engine/training/training-log.ts';
import { UsageError } from '../../ground/errors.ts';
import { completeStage } from '../../ground/file/manifest.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import { bytesOf, largeWeights, type Parameters } from '../../ground/host-tensor.ts';
import type { TaskKind } from '../../ground/pool/executor.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { architectures } from '../../heads/network/table.ts';
import { loadTeacher, type TeacherSource } from '../../teachers/load.ts';
import { guidedEvaluations, type Teacher } from '../../teachers/teacher.ts';
import { methodNamed } from '../method/table.ts';
import type { StudentRecipe } from '../recipe/recipe.ts';
import { givenTimes, samplersOf } from '../recipe/times.ts';
import { readStudent, type Student, writeStudent } from '../student/file.ts';
import { studentConfigOf, studentFromScratch, studentFromTeacher } from '../student/network.ts';
import { openCache, type TrajectoryCache } from '../trajectory/cache.ts';
import { adviceFor } from './advice.ts';
import { bestStudent, bestWeights } from './best-student.ts';
import { distillationTask, type OnlineTeacher, withoutOthers } from './distil-student.ts';
import { type LookedSets, logEvery, lookForwards, probeEvery } from './look-sizes.ts';
import { type FoundTimes, searchStudentTimes } from './search-times.ts';
import { bestStudentFile, studentFile } from './student-facts.ts';

/** Everything that determines a student; plain data, so that any worker can train it. */
export interface StudentJob {
  readonly student: StudentRecipe;
  readonly seed: number;
  readonly teacher: TeacherSource;
  readonly engine: Engine;
  /** Folder of the trajectory cache. */
  readonly cache: string;
  /** Folder of the student's training. */
  readonly folder: string;
  /** Weights of the student it starts from, where the recipe names one. */
  readonly init?: string;
  /** Step counts whose times are searched after training; none unless given. */
  readonly counts?: readonly number[];
}

const studentProgress = z.strictObject({ step: z.int().nonnegative(), loss: z.number() });

/** Progress of a training, as a worker reports it. */
export type StudentProgress = z.output<typeof studentProgress>;

/** Trainings of students as work units. */
export const studentTasks: TaskKind<StudentJob, StudentProgress> = {
  name: 'students',
  module: new URL('./student-worker.ts', import.meta.url),
  idOf: ({ folder }) => basename(folder),
  message: studentProgress,
};

/** Trains a student from the cache and writes weights, log and manifest; goes on at the checkpoint that is there. */
export async function trainStudent(job: StudentJob, report: (progress: StudentProgress) => void): Promise<void> {
  const { student, seed, folder, engine } = job;
  const { config, large, parameters, teacher, online, evaluations } = await startOf(job);
  const cache = await openCache(job.cache, large ? { budget: 0 } : {});
  refuseUnlooked(job, cache);
  const metadata = { method: student.method, name: student.name, seed: String(seed), ...teacher };
  const { sampler } = methodNamed(student.method);
  const trained = await trainLogged(distillationTask(student, seed, config, parameters, cache, online), {
    ...student.training,
    engine,
    folder,
    name: student.name,
    advice: adviceFor(student),
    logEvery,
    probeEvery: probeEvery(student.training.steps),
    best: bestStudent(folder, { config, sampler, metadata }),
    progress: (step, line) => line && report({ step, loss: line.loss }),
  });
  const weights = student.training.keep === 'best' ? await bestWeights(folder) : withoutOthers(trained.average);
  const started = performance.now();
  const found = await timesOf(job, { parameters: weights, config }, cache);
  const given = givenTimes(student);
  const times = found?.times ?? (given && { [sampler]: given });
  await writeStudent(join(folder, studentFile), {
    parameters: weights,
    config,
    sampler,
    ...(times && { times }),
    ...(student.noiseScales && { noiseScales: { [sampler]: student.noiseScales } }),
    metadata,
  });
  const { steps, best, precision } = trained;
  const forwards = trainingForwards(student, evaluations, cache, steps).all;
  const facts = {
    steps,
    samples: steps * student.training.batch,
    forwards: forwards + (found?.forwards ?? 0),
    seconds: (trained.log.at(-1)?.secondsElapsed ?? 0) + (found ? (performance.now() - started) / 1000 : 0),
    ...(found && { searched: [...found.searched] }),
    ...(student.training.precision !== undefined && { precision }),
    ...(best && { best: { step: best.step, heldOutEnergy: best.value } }),
    log: await sha256File(logPath(folder)),
  };
  await completeStage(folder, best ? [studentFile, bestStudentFile] : [studentFile], facts);
}

/** Options that ask for looks at a held-out set ask for one. */
function refuseUnlooked({ student, cache: folder }: StudentJob, { heldOut }: TrajectoryCache): void {
  const { keep, patience } = student.training;
  if (heldOut !== undefined || (keep !== 'best' && patience === undefined)) return;
  throw new UsageError(
    `${folder}: expected a held-out set for ${keep === 'best' ? 'keep: best' : 'patience'} of ${student.name}, got a cache of an ` +
      'earlier version; delete its manifest.json and run the same command again: its shards are kept',
  );
}

/** The times of a trained student, where its recipe has them searched: the same of the same weights, also after a kill. */
async function timesOf(
  { student, seed, counts = [], engine }: StudentJob,
  trained: Pick<Student, 'parameters' | 'config'>,
  cache: TrajectoryCache,
): Promise<FoundTimes | undefined> {
  if (counts.length === 0) return undefined;
  const key = ['times', student.name, seed];
  return searchStudentTimes({ student: trained, samplers: samplersOf(student), counts, cache, key, engine });
}

/**
 * Head forwards of a student's training of so many steps (all unless given): its own (a backward counts two), the teacher's
 * (guidance counted), and those of its looks at paths of the cache. `steps` are those that it is measured at.
 */
export function trainingForwards(
  student: Pick<StudentRecipe, 'method' | 'options' | 'training' | 'steps'>,
  teacher: Pick<Teacher, 'evaluations'>,
  sets: LookedSets,
  done: number = student.training.steps,
): Readonly<Record<'student' | 'teacher' | 'probes' | 'all', number>> {
  const { method, options, training } = student;
  const entry = methodNamed(method);
  const cost = entry.forwards(options);
  const samples = done * training.batch;
  const guided = guidedEvaluations(teacher);
  const forwards = {
    student: samples * cost.student,
    teacher: samples * (cost.teacher ?? 0) * guided,
    probes: lookForwards(student, cost, sets, { done, guided, ...(entry.needs && { needs: entry.needs }) }),
  };
  return { ...forwards, all: forwards.student + forwards.teacher + forwards.probes };
}

/** A head of a recipe's own size, as wide inside its blocks as those of its architecture are. */
function sizedHead({ width, depth, architecture = 'residual' }: NonNullable<StudentRecipe['head']>) {
  const { hiddenRatio = 1 } = architectures[architecture];
  return {
    ...{ width, depth },
    ...(architecture !== 'residual' && { architecture }),
    ...(hiddenRatio !== 1 && { hidden: hiddenRatio * width }),
  };
}

/** The sizes of a student that starts from no other: the teacher's unless the recipe gives its own. */
export function studentConfig(student: StudentRecipe, teacher: Teacher): HeadConfig {
  const { head } = student;
  if (head === undefined && teacher.head !== undefined) return signed(student, studentConfigOf(teacher.head));
  const own = head === undefined ? { width: 256, depth: 3 } : sizedHead(head);
  const { token, condition, head: { guidance } = {} } = teacher;
  const guided = guidance !== undefined && { guidance };
  return signed(student, { token, condition, ...own, timeScale: freshTimeScale, ...guided });
}

/** A config with the signature that a recipe asks for. */
const signed = ({ signature }: StudentRecipe, config: HeadConfig): HeadConfig =>
  signature === 'original' ? { ...config, signature } : config;

/** Times in [0, 1] of a fresh head are stretched to 32: steps of 1/64 differ by half a radian. */
const freshTimeScale = 32;

/** Where training starts. */
interface Start {
  readonly config: HeadConfig;
  readonly large: boolean;
  readonly parameters: () => Parameters;
  /** What the student's file tells of the teacher: SHA-256 of all of it, and of an imported head's weights. */
  readonly teacher: { readonly teacher: string; readonly teacherWeights?: string };
  /** Of methods that need it while they train. */
  readonly online?: OnlineTeacher;
  /** Of the teacher's network in one guided velocity. */
  readonly evaluations: Pick<Teacher, 'evaluations'>;
}

/** Nothing keeps the teacher's weights unless the method asks for it, or the student's once taken. */
async function startOf(job: StudentJob): Promise<Start> {
  const teacher = await loadTeacher(job.teacher, job.engine);
  try {
    const { config, parameters } = await initialStudent(job, teacher);
    const large = bytesOf(parameters) >= largeWeights;
    const { hash, weights, evaluations } = teacher;
    const origin = { teacher: hash, ...(weights !== undefined && { teacherWeights: weights }) };
    return {
      ...{ config, large, parameters: handOver(parameters), teacher: origin },
      evaluations: evaluations === undefined ? {} : { evaluations },
      ...(methodNamed(job.student.method).needs?.teacher && { online: teacher }),
    };
  } finally {
    await teacher.dispose();
  }
}

/** A function that gives a value once and keeps it no longer. */
function handOver<Value>(value: Value): () => Value {
  let held: Value | undefined = value;
  return () => {
    if (held === undefined) throw new TypeError('the value has been handed over already');
    const given = held;
    held = undefined;
    return given;
  };
}

/** Where training starts: an earlier student, the teacher's weights, or a fresh head of the recipe's size. */
async function initialStudent(
  { student, seed, init }: StudentJob,
  teacher: Teacher,
): Promise<{ config: HeadConfig; parameters: Parameters }> {
  if (init !== undefined) return readStudent(init);
  const config = studentConfig(student, teacher);
  if (student.head !== undefined || teacher.head === undefined)
    return { config, parameters: studentFromScratch(config, seed) };
  return { config, parameters: studentFromTeacher(teacher.parameters, signed(student, teacher.head), seed) };
}
