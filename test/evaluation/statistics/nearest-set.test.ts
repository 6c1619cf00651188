import { expect, it } from 'vitest';
import { mostLike, nearestRows, shareNearest } from '../../../src/evaluation/statistics/nearest-set.ts';

const rows = (...values: number[]) => ({ shape: [values.length, 1], data: Float32Array.from(values) });
const near = nearestRows(rows(0, 10, 20, 30), rows(31, 9, 0.5, 24), rows(1, 14, 20, 33, 10));

it('every row has its nearest of both sets, of the larger among as many as the smaller has', () => {
  expect(near.map(({ row, first, second }) => [row, first.index, first.square, second.index, second.square])).toEqual([
    [0, 2, 0.25, 0, 1],
    [1, 1, 1, 1, 16],
    [2, 3, 16, 2, 0],
    [3, 0, 1, 3, 9],
  ]);
});

it('the share that is nearer to the first set counts rows', () => {
  expect(shareNearest(near).value).toBe(0.75);
});

it('what is most like the first set is nearest to it for how near the second comes; a row of the second is not', () => {
  expect(mostLike(near, 2).map(({ row }) => row)).toEqual([1, 3]);
  expect(mostLike(near, 9).map(({ row }) => row)).toEqual([1, 3, 0]);
});
