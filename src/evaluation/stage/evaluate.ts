import { join } from 'node:path';
import type { ResolvedRecipe } from '../../distillation/recipe/resolve.ts';
import type { FittedSolver } from '../../distillation/solver/file.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import type { CacheFacts } from '../../distillation/trajectory/shard.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import type { Executor } from '../../ground/pool/executor.ts';
import type { Progress } from '../../ground/progress.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { ByCommand } from '../command/result.ts';
import { evaluationText } from './evaluation-file.ts';
import { heldOutPaths } from './held-out-paths.ts';
import { measureRows } from './measure-rows.ts';
import { realImages } from './real-images.ts';
import type { Evaluation, GuidedRows, Makers } from './result.ts';
import { rowGroups } from './row-groups.ts';
import { sampleRows } from './samples.ts';
import { measureSpeedsOf } from './speeds.ts';

/** What an evaluation is of. */
export interface EvaluateOptions {
  readonly teacher: Teacher;
  readonly facts: CacheFacts;
  /** Folder of the trajectories. */
  readonly cache: string;
  readonly students: readonly TrainedStudent[];
  readonly solvers: readonly FittedSolver[];
  /** Folder of the run. */
  readonly run: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly command: string;
  /** Who did the work units; asked when all are done. Nobody is named unless given. */
  readonly makers?: () => Promise<Makers | undefined>;
  /** What the user's own closed loop made, which ran before. */
  readonly byCommand?: ByCommand;
  readonly progress: Progress;
  /** Who samples and measures; threads of this process unless given. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
}

/** Samples every row, measures quality and speed, and writes evaluation.json and the grids into the run's folder. */
export async function evaluate(resolved: ResolvedRecipe<'distill'>, options: EvaluateOptions): Promise<Evaluation> {
  const { recipe } = resolved;
  const { teacher, run, facts } = options;
  const context = { recipe, ...options };
  const groups = rowGroups(recipe, options, run);
  const [{ rows }, ...others] = groups;
  const seconds = stopwatch();
  await sampleRows(
    recipe,
    groups.flatMap((group) => group.rows),
    options,
  );
  const samples = seconds();
  const { features } = recipe.evaluation;
  const real =
    teacher.images && features !== undefined ? await realImages(recipe, teacher.images, features, run) : undefined;
  const { measured, floor, breakdown } = await measureRows(groups[0], context);
  const otherGuidance: GuidedRows[] = [];
  for (const group of others) {
    const found = await measureRows(group, context);
    otherGuidance.push({ guidance: group.guidance, teacherTeacher: found.floor, rows: found.measured });
  }
  const paths = await heldOutPaths(options.cache, facts);
  const metrics = seconds();
  const own = rows.filter(({ other }) => !other);
  const speeds = await measureSpeedsOf(recipe, own, options);
  const training = options.students.reduce((sum, student) => sum + student.facts.seconds, 0);
  const solvers = options.solvers.reduce((sum, solver) => sum + solver.seconds, 0);
  const workers = await options.makers?.();
  const evaluation: Evaluation = {
    recipe: recipe.name,
    recipeHash: resolved.hash,
    preview: recipe.preview,
    command: options.command,
    createdAt: new Date().toISOString(),
    samples: recipe.evaluation.samples,
    unit: teacher.images === undefined ? 'tokens' : 'images',
    teacher: { name: teacher.name, hash: teacher.hash, parameters: parameterCount(teacher) },
    ...(real && { features: real.network, ...(real.statistics && { statistics: real.statistics }) }),
    floors: {
      teacherTeacher: floor,
      ...(breakdown && { breakdown }),
      ...(real && { realReal: real.realReal }),
    },
    ...(facts.precision && { precision: facts.precision }),
    ...trainingsOf(options.students),
    ...(paths && { paths }),
    rows: measured.map((row, index) => ({ ...row, ...(speeds[index] && { speed: speeds[index] }) })),
    ...(otherGuidance.length > 0 && { otherGuidance }),
    ...(options.byCommand && { byCommand: options.byCommand }),
    ...(real && { realGrid: real.grid }),
    environment: {
      ...options.versions,
      provider: recipe.engine.provider,
      threads: recipe.engine.threads,
      workers: recipe.engine.workers,
    },
    ...(workers && { workers }),
    stageSeconds: {
      ...{ trajectories: facts.seconds, training, ...(options.solvers.length > 0 && { solvers }) },
      ...{ samples, metrics, speed: seconds() },
    },
  };
  await writeAtomic(join(run, 'evaluation.json'), evaluationText(run, evaluation));
  return evaluation;
}

/** In which numbers students were trained, where that is told. */
function trainingsOf(students: readonly TrainedStudent[]): Pick<Evaluation, 'trainings'> {
  const trainings = students.flatMap(({ name, seed, facts: { precision } }) =>
    precision ? [{ name, seed, ...precision }] : [],
  );
  return trainings.length > 0 ? { trainings } : {};
}

const parameterCount = ({ parameters }: Teacher): number =>
  Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);

/** Seconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return (last - before) / 1000;
  };
}
