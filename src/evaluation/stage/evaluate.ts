import { join } from 'node:path';
import type { ResolvedRecipe } from '../../distillation/recipe/resolve.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import type { CacheFacts } from '../../distillation/trajectory/shard.ts';
import { counted } from '../../ground/counted.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { pause } from '../../ground/interruption.ts';
import type { Progress } from '../../ground/progress.ts';
import { imageGrid } from '../../teachers/data/image-grid.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { Quality } from '../metric/table.ts';
import { evaluationText } from './evaluation-file.ts';
import { type PlannedRow, rowForwards } from './plan.ts';
import { type ImageReference, openReference, type Reference } from './reference.ts';
import type { Cost, Evaluation, EvaluationRow } from './result.ts';
import { rowQuality } from './row-quality.ts';
import { type RowSamples, readSamples, type SampledRow, sampledRows, sampleRows } from './samples.ts';
import { measureSpeedsOf } from './speeds.ts';

/** What an evaluation is of. */
export interface EvaluateOptions {
  readonly teacher: Teacher;
  readonly facts: CacheFacts;
  readonly students: readonly TrainedStudent[];
  /** Folder of the run. */
  readonly run: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** Images of a grid: ten columns, one a prompt, six rows. */
const GRID = { count: 60, columns: 10 };

/** Samples every row, measures quality and speed, and writes evaluation.json and the grids into the run's folder. */
export async function evaluate(resolved: ResolvedRecipe<'distill'>, options: EvaluateOptions): Promise<Evaluation> {
  const { recipe } = resolved;
  const { teacher, run, facts } = options;
  const folder = join(run, 'evaluation');
  const rows = sampledRows(recipe, options.students, folder);
  const seconds = stopwatch();
  await sampleRows(recipe, rows, options);
  const samples = seconds();
  const reference = await openReference(recipe, rows, teacher);
  const { measured, floor } = await measureRows(resolved, rows, reference, options);
  const metrics = seconds();
  const own = rows.filter(({ other }) => !other);
  const speeds = await measureSpeedsOf(recipe, own, options);
  const training = options.students.reduce((sum, student) => sum + student.facts.seconds, 0);
  const evaluation: Evaluation = {
    recipe: recipe.name,
    recipeHash: resolved.hash,
    preview: recipe.preview,
    command: options.command,
    createdAt: new Date().toISOString(),
    samples: recipe.evaluation.samples,
    unit: teacher.images === undefined ? 'tokens' : 'images',
    teacher: { name: teacher.name, hash: teacher.hash, parameters: parameterCount(teacher) },
    ...(reference.images && { features: reference.images.network }),
    floors: { teacherTeacher: floor, ...(reference.images && { realReal: reference.images.realReal }) },
    rows: measured.map((row, index) => ({ ...row, ...(speeds[index] && { speed: speeds[index] }) })),
    ...(reference.images && { realGrid: await writeGrid(run, 'real', reference.images) }),
    environment: {
      ...options.versions,
      provider: recipe.engine.provider,
      threads: recipe.engine.threads,
      workers: recipe.engine.workers,
    },
    stageSeconds: { trajectories: facts.seconds, training, samples, metrics, speed: seconds() },
  };
  await writeAtomic(join(run, 'evaluation.json'), evaluationText(run, evaluation));
  return evaluation;
}

/** The rows with their quality and cost, and the teacher's second set as the floor. */
export async function measureRows(
  { recipe }: Pick<ResolvedRecipe<'distill'>, 'recipe'>,
  rows: readonly SampledRow[],
  reference: Reference,
  { progress, run, facts, teacher, signal }: Pick<EvaluateOptions, 'progress' | 'run' | 'facts' | 'teacher' | 'signal'>,
): Promise<{ measured: EvaluationRow[]; floor: Quality }> {
  const stage = progress.stage('metrics', rows.length, 'rows');
  const measured: EvaluationRow[] = [];
  let floor: Quality = {};
  for (const [index, sampled] of rows.entries()) {
    await pause();
    signal?.throwIfAborted();
    const samples = await readSamples(sampled.path);
    const quality = rowQuality(samples, reference, sampled.other);
    if (sampled.other) floor = quality;
    else measured.push(await describeRow(sampled, samples, quality, { recipe, run, facts, teacher }));
    stage.advance(index + 1, `${sampled.row.name}, ${counted(sampled.row.steps, 'steps')}`);
  }
  stage.done();
  return { measured, floor };
}

type RowContext = Pick<EvaluateOptions, 'run' | 'facts' | 'teacher'> & {
  readonly recipe: ResolvedRecipe<'distill'>['recipe'];
};

async function describeRow(
  { row, student }: SampledRow,
  samples: RowSamples,
  quality: Quality,
  { recipe, run, facts, teacher }: RowContext,
): Promise<EvaluationRow> {
  const grid =
    samples.images &&
    (await writeGrid(run, `${row.name}-${row.steps}-seed${row.seed}`.replaceAll(' ', '-'), {
      pictures: samples.images,
      inverted: teacher.images?.inverted === true,
    }));
  const times = student && searchedTimes(student, row);
  return {
    ...row,
    ...(times && { times }),
    nfe: rowForwards(row, teacher),
    guidance: recipe.evaluation.guidance,
    quality,
    ...(student && { cost: costOf(student, facts) }),
    ...(grid !== undefined && { grid }),
  };
}

/** The times of a student's row where they were searched. */
const searchedTimes = ({ facts }: TrainedStudent, { sampler, steps }: PlannedRow): readonly number[] | undefined =>
  facts.searched?.find((found) => found.sampler === sampler && found.steps === steps)?.times;

/** The cache is charged in full to every student. */
const costOf = ({ facts }: TrainedStudent, cache: CacheFacts): Cost => ({
  cacheForwards: cache.forwards,
  trainingForwards: facts.forwards,
  totalForwards: cache.forwards + facts.forwards,
  trainingSeconds: facts.seconds,
  trainingSteps: facts.steps,
});

/** Writes the first images as a PNG; gives its path in the run's folder. */
async function writeGrid(
  run: string,
  name: string,
  { pictures, inverted }: Pick<ImageReference, 'pictures' | 'inverted'>,
): Promise<string> {
  const path = join('evaluation', `${name}.png`);
  await writeAtomic(join(run, path), await imageGrid(pictures, { ...GRID, inverted }));
  return path;
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
