import { expect, it } from 'vitest';
import { measured } from '../../../src/evaluation/metric/metric.ts';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { metrics } from '../../../src/evaluation/metric/table.ts';
import { gaussianRows, meanOf } from '../statistics/gaussian-rows.ts';

const [count, d, repetitions] = [120, 8, 100];
const rowsOf = (key: string) => prepareRows(gaussianRows(count, d, key), 1);
const qualities = Array.from({ length: repetitions }, (_, i) =>
  measured({ features: rowsOf(`m${i}`), real: rowsOf(`n${i}`) }, metrics),
);

it.each([
  ['fd', 0.85, 1.35],
  ['kid', 0.8, 1.3],
  ['slicedW2', 0.8, 1.4],
  ['precision', 0.75, 1.4],
  ['recall', 0.75, 1.4],
  ['density', 0.75, 1.4],
  ['coverage', 0.75, 1.4],
] as const)('of equal sets the interval of %s is as wide as the statistic varies', (metric, least, most) => {
  const list = qualities.map((quality) => quality[metric] ?? { value: Number.NaN, low: 0, high: 0 });
  const centre = meanOf(list.map(({ value }) => value));
  const deviation = Math.sqrt(meanOf(list.map(({ value }) => (value - centre) ** 2)));
  const width = meanOf(list.map(({ low, high }) => (high - low) / 2)) / (1.96 * deviation);
  expect(width).toBeGreaterThan(least);
  expect(width).toBeLessThan(most);
});
