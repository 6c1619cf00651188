import type { Metric } from '../evaluation/metric/metric.ts';

const directions: Readonly<Record<Metric['best'], string>> = {
  low: 'Lower is better.',
  high: 'Higher is better.',
  one: '1 is right.',
};

/** Which way a metric is better, as a sentence. */
export const directionOf = ({ best }: Pick<Metric, 'best'>): string => directions[best];

/** What a metric says, which way it is better, and its unit. */
export const glossaryText = (metric: Metric): string =>
  `${metric.meaning} ${directionOf(metric)} Unit: ${metric.unit}.`;
