/** How the work units of each kind follow from a run: from its recipe and the files of the stages before, as they are now. */

import { keptFitted } from '../distillation/solver/file.ts';
import { allFitJobs, fittedSolvers } from '../distillation/solver/fit-solvers.ts';
import { fitTasks } from '../distillation/solver/job.ts';
import { studentFacts } from '../distillation/train/student-facts.ts';
import { studentTasks } from '../distillation/train/student-job.ts';
import { studentJobs, trainedStudents } from '../distillation/train/students.ts';
import { heldOutJob, shardJobs } from '../distillation/trajectory/generate.ts';
import { shardOrigin, shardTasks } from '../distillation/trajectory/job.ts';
import { measureTasks } from '../evaluation/stage/measure-job.ts';
import { keptRow, measureJobs } from '../evaluation/stage/measure-rows.ts';
import { realImages } from '../evaluation/stage/real-images.ts';
import { rowGroups } from '../evaluation/stage/row-groups.ts';
import { sampleTasks } from '../evaluation/stage/sample-job.ts';
import { originsOf, sampleJob } from '../evaluation/stage/samples.ts';
import { FileError } from '../ground/errors.ts';
import { readStage } from '../ground/file/manifest.ts';
import { stageFolder } from '../ground/file/run-folder.ts';
import { isSealed } from '../ground/file/sealed.ts';
import type { TaskKind, TaskKindName } from '../ground/pool/executor.ts';
import { versions } from '../ground/versions.ts';
import { loadTeacher, teacherSource } from '../teachers/load.ts';
import type { Teacher } from '../teachers/teacher.ts';
import type { OpenedRun } from './opened-run.ts';

/** A work unit that can be done here. */
export interface OpenTask {
  readonly id: string;
  /** What the threads of its kind are given. */
  readonly job: unknown;
  /** Whether what it makes is there, whole and of this very recipe, teacher and students. */
  readonly isDone: () => Promise<boolean>;
  /** A folder that it writes step by step, which must be one worker's at a time. */
  readonly folder?: string;
}

/** The units of a kind. */
export interface TaskSource {
  readonly module: URL;
  /** Throws FileError where what they start from is not there yet. */
  readonly tasks: (run: OpenedRun) => Promise<readonly OpenTask[]>;
  /** Makes the file that all of them read and none makes, where the run has one; to be called once, before any. */
  readonly prepare?: (run: OpenedRun) => Promise<void>;
}

type Details<Job> = (
  run: OpenedRun,
  teacher: Teacher,
) => Promise<readonly (Omit<OpenTask, 'id' | 'job'> & { readonly job: Job })[]>;

/** The source of a kind, by its jobs; the teacher is there while they are made. */
const source = <Job, Message>({ module, idOf }: TaskKind<Job, Message>, details: Details<Job>): TaskSource => ({
  module,
  tasks: (run) =>
    withTeacher(run, async (teacher) => (await details(run, teacher)).map((one) => ({ ...one, id: idOf(one.job) }))),
});

async function withTeacher<Result>(run: OpenedRun, work: (teacher: Teacher) => Promise<Result>): Promise<Result> {
  const teacher = await loadTeacher(teacherSource(run.recipe), run.recipe.engine);
  try {
    refuseOther(run, 'teacher', teacher.hash);
    return await work(teacher);
  } finally {
    await teacher.dispose();
  }
}

/** Throws FileError where what stands beside the runs here is not what the coordinator had: it may be on another machine. */
function refuseOther({ name, plan }: OpenedRun, what: 'teacher' | 'features', here: string): void {
  const planned = plan.inputs?.[what];
  if (planned === undefined || planned === here) return;
  throw new FileError(
    `${name}: refused: expected ${what} ${planned.slice(0, 12)}… as in its plan, got ${here.slice(0, 12)}… here`,
  );
}

const cacheOf = ({ path }: OpenedRun): string => stageFolder(path, 'trajectories');

/** The units of each kind. */
export const taskSources: Readonly<Record<TaskKindName, TaskSource>> = {
  trajectories: source(shardTasks, async (run, teacher) =>
    [heldOutJob(run.recipe, cacheOf(run)), ...shardJobs(run.recipe, cacheOf(run), run.plan.precision?.used)].map(
      (job) => {
        const origin = shardOrigin(job, teacher);
        return { job, isDone: () => isSealed(job.path, origin) };
      },
    ),
  ),
  students: source(studentTasks, async (run) =>
    studentJobs(run.recipe, { run: run.path, cache: cacheOf(run) }).map((job) => ({
      job,
      isDone: async () => (await readStage(job.folder, studentFacts, { verify: true })) !== undefined,
      folder: job.folder,
    })),
  ),
  solvers: source(fitTasks, async (run, teacher) =>
    (await allFitJobs(run.recipe, { run: run.path, cache: cacheOf(run), teacher })).map((job) => ({
      job,
      isDone: async () => (await keptFitted(job.path, job.origin)) !== undefined,
    })),
  ),
  samples: source(sampleTasks, async (run, teacher) => {
    const origins = await originsOf(run.recipe, teacher);
    if (run.recipe.evaluation.features !== undefined) refuseOther(run, 'features', origins.features);
    return (await groupsOf(run, teacher)).flatMap(({ rows }) =>
      rows.map((row) => {
        const job = sampleJob(run.recipe, row, origins);
        return { job, isDone: () => isSealed(job.path, job.origin) };
      }),
    );
  }),
  metrics: {
    ...source(measureTasks, async (run, teacher) => {
      const tasks = [];
      for (const group of await groupsOf(run, teacher))
        for (const job of await measureJobs(group, { run: run.path, teacher, versions: versions() }))
          tasks.push({ job, isDone: async () => (await keptRow(job)) !== undefined });
      return tasks;
    }),
    prepare: (run) =>
      withTeacher(run, async ({ images }) => {
        const { features } = run.recipe.evaluation;
        if (images && features !== undefined) await realImages(run.recipe, images, features, run.path);
      }),
  },
};

/** The rows of a run whose students are trained and whose solvers are fitted. */
async function groupsOf(run: OpenedRun, teacher: Teacher) {
  const of = { run: run.path, cache: cacheOf(run) };
  const students = await trainedStudents(run.recipe, of);
  const solvers = await fittedSolvers(run.recipe, { ...of, teacher });
  return rowGroups(run.recipe, { students, solvers, teacher }, run.path);
}
