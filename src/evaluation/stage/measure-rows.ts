import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../../ground/counted.ts';
import { FileError } from '../../ground/errors.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import { sha256 } from '../../ground/file/sha256.ts';
import { type Executor, localExecutor } from '../../ground/pool/executor.ts';
import type { Progress } from '../../ground/progress.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { Breakdown } from '../breakdown/breakdown.ts';
import type { Quality } from '../metric/table.ts';
import { halvedRow } from './halved-row.ts';
import { type MeasureJob, measureTasks } from './measure-job.ts';
import { type MeasuredRow, measuredPath, readMeasured } from './measured-file.ts';
import { rowFile, rowForwards, stepsByToken } from './plan.ts';
import type { ReferenceFiles } from './reference.ts';
import type { EvaluationRow } from './result.ts';
import { type CostContext, fitCost, studentCost } from './row-cost.ts';
import type { RowGroup } from './row-groups.ts';
import { rowNoiseScales, rowTimes } from './row-times.ts';
import type { SampledRow } from './samples.ts';

/** What rows are measured in. */
export interface RowContext extends CostContext {
  /** Folder of the run. */
  readonly run: string;
  readonly teacher: Teacher;
}

/** A row's measurement shows its progress and can be interrupted. */
interface MeasureOptions extends RowContext {
  readonly progress: Progress;
  /** Who measures; threads of this process unless given. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
  /** Versions of the software, of which results are a matter, too. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Rows of one guidance scale with their quality and cost, and the teacher's second set as the floor. */
export async function measureRows(
  group: Pick<RowGroup, 'rows' | 'reference'>,
  options: MeasureOptions,
): Promise<{ measured: EvaluationRow[]; floor: Quality; breakdown?: Breakdown }> {
  const { rows } = group;
  const jobs = await measureJobs(group, options);
  const found = await measureAll(rows, jobs, options);
  const measured: EvaluationRow[] = [];
  let floor: Quality = {};
  let breakdown: Breakdown | undefined;
  for (const [index, sampled] of rows.entries()) {
    const one = found[index];
    if (one === undefined)
      throw new FileError(
        `${measuredPath(sampled.path)}: expected the measurement of a row, got none; run the same command again`,
      );
    if (sampled.other) [floor, breakdown] = [one.quality, one.breakdown];
    else measured.push(describeRow(sampled, one, options));
  }
  return { measured, floor, ...(breakdown && { breakdown }) };
}

/** Whether the pictures are there that were drawn of a row. */
const hasPictures = ({ pictured, neighboured }: MeasuredRow, { grid, neighbours = '' }: MeasureJob): boolean =>
  (!pictured || existsSync(grid.path)) && (neighboured !== true || existsSync(neighbours));

/** What was measured by a job, whole and with its pictures; undefined where it was not. */
export async function keptRow(job: MeasureJob | undefined): Promise<MeasuredRow | undefined> {
  if (job === undefined) return undefined;
  const kept = await readMeasured(measuredPath(job.path), job.origin);
  return kept !== undefined && hasPictures(kept, job) ? kept : undefined;
}

/** What every row measures, in their order: of rows that were measured before, what was kept. */
async function measureAll(
  rows: readonly SampledRow[],
  jobs: readonly MeasureJob[],
  { recipe, progress, executor = localExecutor, signal }: MeasureOptions,
): Promise<readonly (MeasuredRow | undefined)[]> {
  const found: (MeasuredRow | undefined)[] = [];
  for (const job of jobs) found.push(await keptRow(job));
  const missing = [...jobs.keys()].filter((index) => found[index] === undefined);
  const stage = progress.stage('metrics', rows.length, 'rows');
  let done = rows.length - missing.length;
  stage.advance(done);
  if (missing.length > 0) {
    const pool = executor.open(measureTasks, {
      workers: Math.min(recipe.engine.workers, missing.length),
      attempts: 2,
      ...(signal && { signal }),
    });
    try {
      await pool.all(
        missing.flatMap((index) => jobs[index] ?? []),
        {
          onDone: async (_, place) => {
            const index = missing[place] ?? 0;
            found[index] = await keptRow(jobs[index]);
            const { row } = rows[index] ?? {};
            stage.advance(++done, row && `${row.name}, ${counted(row.steps, 'steps')}`);
          },
        },
      );
    } finally {
      await pool.close();
    }
  }
  stage.done();
  return found;
}

/** What rows are told of the run that they are measured in. */
type MeasuredIn = Pick<MeasureOptions, 'run' | 'versions'> & { readonly teacher: Pick<Teacher, 'images'> };

/** A worker's job for each row, from the samples as they are now. Throws FileError where some are missing. */
export async function measureJobs(
  { rows, reference }: Pick<RowGroup, 'rows' | 'reference'>,
  options: MeasuredIn,
): Promise<MeasureJob[]> {
  const jobs: MeasureJob[] = [];
  for (const row of rows) jobs.push(await measureJob(row, rows, reference, options));
  return jobs;
}

async function measureJob(
  sampled: SampledRow,
  rows: readonly SampledRow[],
  reference: ReferenceFiles,
  { run, teacher, versions = {} }: MeasuredIn,
): Promise<MeasureJob> {
  const halved = halvedRow(sampled, rows);
  const job = {
    path: sampled.path,
    ...(halved && { halved: halved.path }),
    ...{ other: sampled.other, own: sampled.row.own === true, brokenDown: isBrokenDown(sampled), reference },
    grid: { path: join(run, gridOf(sampled)), inverted: teacher.images?.inverted === true },
    ...(sampled.row.kind !== 'solver' && !sampled.other && { neighbours: join(run, neighboursOf(sampled)) }),
  };
  const { own, other, system, real } = reference;
  const files = [sampled.path, halved?.path, own, other, system, real].filter((path) => path !== undefined);
  const seals: (string | undefined)[] = [];
  for (const path of files) seals.push(await sealIn(path));
  const flags = [job.other, job.own, job.brokenDown, reference.guidance, versions.fewstep];
  return { ...job, origin: sha256(JSON.stringify([seals, flags])) };
}

/** The seal of a sealed file, as it says itself. */
async function sealIn(path: string): Promise<string | undefined> {
  const file = await openSafetensors(path);
  await file.close();
  return file.metadata.sha256;
}

/** Whether it is told where a row's distance comes from: of students, of the own sampler and of the floor. */
const isBrokenDown = ({ row: { kind, own }, other, guidance }: SampledRow): boolean =>
  guidance === undefined && (other || kind === 'student' || own === true);

/** The picture of a row's images in the run's folder; and that of those that look most like trained ones. */
const gridOf = (sampled: SampledRow): string => join('evaluation', `${pictureOf(sampled)}.png`);
const neighboursOf = (sampled: SampledRow): string => join('evaluation', `${pictureOf(sampled)}-neighbours.png`);

const pictureOf = ({ row, guidance }: SampledRow): string =>
  `${rowFile(row)}${guidance === undefined ? '' : `-w${guidance}`}`;

function describeRow(
  sampled: SampledRow,
  { quality, breakdown, pictured, neighboured }: MeasuredRow,
  { recipe, facts, teacher, students }: RowContext,
): EvaluationRow {
  const { row: planned, student, fitted, guidance } = sampled;
  const { annealed: _, ...row } = planned;
  const own = row.steps > 1 ? fitted?.times : undefined;
  const times = own ?? (student && rowTimes(student, row));
  const noiseScales = student && rowNoiseScales(student, row);
  const counts = stepsByToken(planned, teacher);
  return {
    ...row,
    ...(times && { times }),
    ...(noiseScales && { noiseScales }),
    ...(counts && { stepsByToken: counts }),
    nfe: rowForwards(planned, teacher),
    guidance: guidance ?? recipe.evaluation.guidance,
    quality,
    ...(breakdown && { breakdown }),
    ...(student && { cost: studentCost(student, { recipe, facts, students }) }),
    ...(fitted && { cost: fitCost(fitted) }),
    ...(pictured && { grid: gridOf(sampled) }),
    ...(neighboured && { neighbours: neighboursOf(sampled) }),
  };
}
