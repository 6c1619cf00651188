import type { Rows } from '../../../src/evaluation/statistics/rows.ts';
import { stream } from '../../../src/ground/random/philox.ts';

/** Independent rows [count, d] of N(shift·1, scale²·I), by a key. */
export function gaussianRows(count: number, d: number, key: string | number, shift = 0, scale = 1): Rows {
  const data = stream('test', key, count, d)
    .normal(count * d)
    .map((value) => shift + scale * value);
  return { shape: [count, d], data };
}

/** The mean of numbers. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rows of one number. */
export const column = (...data: readonly number[]): Rows => ({
  shape: [data.length, 1],
  data: Float32Array.from(data),
});
