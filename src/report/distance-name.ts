import type { TableMetric } from '../evaluation/metric/table.ts';
import type { Evaluation } from '../evaluation/stage/result.ts';

/** The metrics as they are called in an evaluation: FD on features of a user's network has that network's name. */
export function namedMetrics(
  metrics: readonly TableMetric[],
  { features }: Pick<Evaluation, 'features'>,
): readonly TableMetric[] {
  const distance = features?.distance;
  if (distance === undefined) return metrics;
  return metrics.map((metric) => ({
    ...metric,
    label: metric.label.replace(/^FD/, distance),
    meaning: (metric.meaningByNetwork ?? metric.meaning).replaceAll(/\bFD\b/g, distance),
  }));
}
