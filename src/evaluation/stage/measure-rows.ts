import { join } from 'node:path';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import { counted } from '../../ground/counted.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { pause } from '../../ground/interruption.ts';
import type { Progress } from '../../ground/progress.ts';
import { imageGrid } from '../../teachers/data/image-grid.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { Breakdown } from '../breakdown/breakdown.ts';
import type { Quality } from '../metric/table.ts';
import { halvedRow } from './halved-row.ts';
import { type PlannedRow, rowFile, rowForwards, stepsByToken } from './plan.ts';
import type { ImageReference, Reference } from './reference.ts';
import type { EvaluationRow } from './result.ts';
import { rowBreakdown } from './row-breakdown.ts';
import { type CostContext, fitCost, studentCost } from './row-cost.ts';
import { rowQuality } from './row-quality.ts';
import { type RowSamples, readSamples, type SampledRow } from './samples.ts';

/** Images of a grid: ten columns, one a prompt, six rows. */
const GRID = { count: 60, columns: 10 };

/** What rows are measured in. */
export interface RowContext extends CostContext {
  /** Folder of the run. */
  readonly run: string;
  readonly teacher: Teacher;
}

/** A row's measurement shows its progress and can be interrupted. */
interface MeasureOptions extends RowContext {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** The rows with their quality and cost, and the teacher's second set as the floor. */
export async function measureRows(
  rows: readonly SampledRow[],
  reference: Reference,
  { progress, signal, ...context }: MeasureOptions,
): Promise<{ measured: EvaluationRow[]; floor: Quality; breakdown?: Breakdown }> {
  const stage = progress.stage('metrics', rows.length, 'rows');
  const measured: EvaluationRow[] = [];
  let floor: Quality = {};
  let breakdown: Breakdown | undefined;
  for (const [index, sampled] of rows.entries()) {
    await pause();
    signal?.throwIfAborted();
    const samples = await readSamples(sampled.path);
    const halved = halvedRow(sampled, rows);
    const compared = { ...samples, ...(halved && { halvedTokens: (await readSamples(halved.path)).tokens }) };
    const quality = rowQuality(compared, reference, sampled.other, sampled.row.own);
    const parts =
      isBrokenDown(sampled) && sampled.guidance === undefined
        ? rowBreakdown(samples, reference, { guidance: context.recipe.evaluation.guidance, other: sampled.other })
        : undefined;
    if (sampled.other) [floor, breakdown] = [quality, parts];
    else
      measured.push({ ...(await describeRow(sampled, samples, quality, context)), ...(parts && { breakdown: parts }) });
    stage.advance(index + 1, `${sampled.row.name}, ${counted(sampled.row.steps, 'steps')}`);
  }
  stage.done();
  return { measured, floor, ...(breakdown && { breakdown }) };
}

/** Whether it is told where a row's distance comes from: of students, of the own sampler and of the floor. */
const isBrokenDown = ({ row: { kind, own }, other }: SampledRow): boolean =>
  other || kind === 'student' || own === true;

async function describeRow(
  { row: planned, student, fitted, guidance }: SampledRow,
  samples: RowSamples,
  quality: Quality,
  { recipe, run, facts, teacher, students }: RowContext,
): Promise<EvaluationRow> {
  const { annealed: _, ...row } = planned;
  const scale = guidance === undefined ? '' : `-w${guidance}`;
  const grid =
    samples.images &&
    (await writeGrid(run, `${rowFile(planned)}${scale}`, {
      pictures: samples.images,
      inverted: teacher.images?.inverted === true,
    }));
  const own = row.steps > 1 ? fitted?.times : undefined;
  const times = own ?? (student && searchedTimes(student, row));
  const counts = stepsByToken(planned, teacher);
  return {
    ...row,
    ...(times && { times }),
    ...(counts && { stepsByToken: counts }),
    nfe: rowForwards(planned, teacher),
    guidance: guidance ?? recipe.evaluation.guidance,
    quality,
    ...(student && { cost: studentCost(student, { recipe, facts, students }) }),
    ...(fitted && { cost: fitCost(fitted) }),
    ...(grid !== undefined && { grid }),
  };
}

/** The times of a student's row where they were searched. */
const searchedTimes = ({ facts }: TrainedStudent, { sampler, steps }: PlannedRow): readonly number[] | undefined =>
  facts.searched?.find((found) => found.sampler === sampler && found.steps === steps)?.times;

/** Writes the first images as a PNG; gives its path in the run's folder. */
export async function writeGrid(
  run: string,
  name: string,
  { pictures, inverted }: Pick<ImageReference, 'pictures' | 'inverted'>,
): Promise<string> {
  const path = join('evaluation', `${name}.png`);
  await writeAtomic(join(run, path), await imageGrid(pictures, { ...GRID, inverted }));
  return path;
}
