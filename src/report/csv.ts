import { stringify } from 'csv-stringify/sync';
import type { Quality, TableMetric } from '../evaluation/metric/table.ts';
import type { EvaluationRow } from '../evaluation/stage/result.ts';
import type { Summary } from './summary.ts';
import type { TrainingLog } from './training-log.ts';

/** A column of a CSV file: its name and its value in a row; undefined leaves the cell empty. */
export interface CsvColumn<Row> {
  readonly name: string;
  readonly value: (row: Row) => string | number | undefined;
}

/** Text that no spreadsheet takes for a formula. */
export const plainText = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** Rows as CSV (RFC 4180, a header line, LF). */
export function csvOf<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const header = columns.map(({ name }) => name);
  return stringify([header, ...rows.map((row) => columns.map(({ value }) => value(row)))]);
}

/** The columns of all metrics of a row, with the ends of their intervals. */
export function metricColumns<Row>(
  metrics: readonly TableMetric[],
  quality: (row: Row) => Quality,
): readonly CsvColumn<Row>[] {
  return metrics.flatMap(({ name, column }) => [
    { name: column, value: (row) => quality(row)[name]?.value },
    { name: `${column}_low`, value: (row) => quality(row)[name]?.low },
    { name: `${column}_high`, value: (row) => quality(row)[name]?.high },
  ]);
}

const usualBatches = [1, 16, 256] as const;

function latencyColumns(rows: readonly EvaluationRow[]): readonly CsvColumn<EvaluationRow>[] {
  const found = rows.flatMap(({ speed }) => speed?.latency.map(({ batch }) => batch) ?? []);
  const batches = [...new Set([...usualBatches, ...found])].sort((a, b) => a - b);
  return batches.flatMap((size) =>
    (['p50', 'p90', 'p99'] as const).map((quantile) => ({
      name: `latency_ms_batch_${size}_${quantile}`,
      value: ({ speed }) => speed?.latency.find(({ batch }) => batch === size)?.[quantile],
    })),
  );
}

/** One line a row of the evaluation, seeds apart, with every metric and its interval's ends. */
export function resultsCsv({ evaluation, teacher, metrics }: Summary): string {
  const reference = teacher.speed?.imagesPerSecond;
  const columns: readonly CsvColumn<EvaluationRow>[] = [
    { name: 'kind', value: ({ kind }) => kind },
    { name: 'name', value: ({ name }) => plainText(name) },
    { name: 'method', value: ({ method }) => plainText(method) },
    { name: 'student', value: ({ student }) => student && plainText(student) },
    { name: 'sampler', value: ({ sampler }) => sampler && plainText(sampler) },
    { name: 'seed', value: ({ seed }) => seed },
    { name: 'steps', value: ({ steps }) => steps },
    { name: 'times', value: ({ times }) => times?.join(' ') },
    { name: 'noise_scales', value: ({ noiseScales }) => noiseScales?.join(' ') },
    { name: 'steps_by_token', value: ({ stepsByToken }) => stepsByToken?.join(' ') },
    { name: 'nfe', value: ({ nfe }) => nfe },
    { name: 'guidance', value: ({ guidance }) => guidance },
    ...metricColumns<EvaluationRow>(metrics, ({ quality }) => quality),
    ...latencyColumns(evaluation.rows),
    { name: 'images_per_second', value: ({ speed }) => speed?.imagesPerSecond },
    {
      name: 'images_speedup',
      value: ({ speed }) => speed?.imagesPerSecond && reference && speed.imagesPerSecond / reference,
    },
    { name: 'head_share', value: ({ speed }) => speed?.headShare },
    { name: 'amdahl_limit', value: ({ speed }) => speed?.amdahlLimit },
    { name: 'cache_forwards', value: ({ cost }) => cost?.cacheForwards },
    { name: 'start_forwards', value: ({ cost }) => cost?.startForwards },
    { name: 'training_forwards', value: ({ cost }) => cost?.trainingForwards },
    { name: 'total_forwards', value: ({ cost }) => cost?.totalForwards },
    { name: 'training_seconds', value: ({ cost }) => cost?.trainingSeconds },
    { name: 'training_steps', value: ({ cost }) => cost?.trainingSteps },
    { name: 'grid', value: ({ grid }) => grid && plainText(grid) },
  ];
  return csvOf(columns, [...evaluation.rows, ...(evaluation.otherGuidance ?? []).flatMap(({ rows }) => rows)]);
}

/** One line a logged training step of each student and seed. */
export function trainingCsv(training: readonly TrainingLog[]): string {
  const rows = training.flatMap(({ student, seed, lines }) => lines.map((line) => ({ student, seed, ...line })));
  const columns: readonly CsvColumn<(typeof rows)[number]>[] = [
    { name: 'student', value: ({ student }) => plainText(student) },
    { name: 'seed', value: ({ seed }) => seed },
    { name: 'step', value: ({ step }) => step },
    { name: 'loss', value: ({ loss }) => loss },
    { name: 'gradient_norm', value: ({ gradientNorm }) => gradientNorm },
    { name: 'learning_rate', value: ({ learningRate }) => learningRate },
    { name: 'seconds_elapsed', value: ({ secondsElapsed }) => secondsElapsed },
    { name: 'raw_error', value: ({ rawError }) => rawError },
    { name: 'held_out_loss', value: ({ heldOutLoss }) => heldOutLoss },
    { name: 'held_out_energy', value: ({ heldOutEnergy }) => heldOutEnergy },
    { name: 'trained_loss', value: ({ trainedLoss }) => trainedLoss },
  ];
  return csvOf(columns, rows);
}
