import { describe, expect, it } from 'vitest';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import { groupedMoments, momentsOf } from '../../../src/evaluation/statistics/moments.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { gaussianRows } from './gaussian-rows.ts';

describe('moments', () => {
  it('are the mean and the covariance over N − 1', () => {
    const { count, mean, covariance } = momentsOf({ shape: [3, 2], data: Float32Array.of(1, 0, 2, 4, 6, 2) });
    expect(count).toBe(3);
    expect([...mean]).toEqual([3, 2]);
    expect([...covariance]).toEqual([7, 1, 1, 4]);
  });

  it('do not lose digits to a large common offset', () => {
    const { covariance } = momentsOf({ shape: [3, 1], data: Float32Array.of(1e6, 1e6 + 1, 1e6 + 2) });
    expect(covariance[0]).toBeCloseTo(1, 6);
  });

  it('move with a group as without it they would be, by the sums of its rows, in any axes', () => {
    const rows = gaussianRows(60, 3, 'moments', 5);
    const grouping = groupRows(60, { seed: 1, groups: 7 });
    const own = Int32Array.from(grouping.of.keys()).filter((row) => grouping.of[row] === 2);
    const { moments, deviations } = groupedMoments(rows, grouping);
    const centred = (row: number) => [0, 1, 2].map((i) => (rows.data[row * 3 + i] ?? 0) - (moments.mean[i] ?? 0));
    const [plain, turned] = [Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), Float64Array.of(1, 2, 0, 0, -1, 3, 2, 0, 1)];
    for (const axes of [undefined, turned]) {
      const { first, second } = deviations(axes)[2] ?? { first: [], second: [] };
      const along = (i: number, values: readonly number[]): number =>
        values.reduce((sum, value, k) => sum + ((axes ?? plain)[3 * i + k] ?? 0) * value, 0);
      const covariance = (i: number, j: number): number =>
        along(
          i,
          [0, 1, 2].map((k) => along(j, [...moments.covariance.subarray(3 * k, 3 * k + 3)])),
        );
      let place = 0;
      for (let i = 0; i < 3; i++) {
        expect(first[i]).toBeCloseTo([...own].reduce((sum, row) => sum + (centred(row)[i] ?? 0), 0) / 60, 10);
        for (let j = 0; j <= i; j++) {
          const products = [...own].map((row) => along(i, centred(row)) * along(j, centred(row)) - covariance(i, j));
          expect(second[place++]).toBeCloseTo(products.reduce((sum, value) => sum + value, 0) / 60, 9);
        }
      }
    }
  });

  it.each([
    [
      'NaN',
      { shape: [3, 1], data: Float32Array.of(0, Number.NaN, 1) },
      /reals: expected finite numbers, got NaN at element 1/,
    ],
    [
      'NaN at the start',
      { shape: [3, 1], data: Float32Array.of(Number.NaN, 0, 1) },
      /reals: expected finite numbers, got NaN at element 0/,
    ],
    ['as many rows as columns', gaussianRows(4, 4, 'few'), /reals: expected more than 4 rows for 4 columns, got 4/],
    ['another rank', { shape: [2, 2, 1], data: new Float32Array(4) }, /reals: expected rows \[N, D\], got \[2, 2, 1\]/],
  ])('refuse %s', (_, rows, message) => {
    expect(() => momentsOf(rows, 'reals')).toThrow(DataError);
    expect(() => momentsOf(rows, 'reals')).toThrow(message);
  });
});

describe('groups', () => {
  it('are even, random and the same for the same options', () => {
    const { groups, of } = groupRows(1000, { seed: 3 });
    const sizes = Array.from({ length: groups }, (_, group) => of.filter((value) => value === group).length);
    expect(sizes).toEqual(Array.from({ length: 25 }, () => 40));
    expect(groupRows(1000, { seed: 3 }).of).toEqual(of);
    expect(groupRows(1000, { seed: 4 }).of).not.toEqual(of);
    // rows in the order of ten classes: no group is of one class
    const classes = new Set([...of.keys()].filter((row) => of[row] === 0).map((row) => row % 10));
    expect(classes.size).toBeGreaterThan(5);
  });

  it('never split a cluster', () => {
    const { groups, of } = groupRows(40, { seed: 1, cluster: 4 });
    expect(groups).toBe(10);
    for (const [row, group] of of.entries()) expect(group).toBe(of[row - (row % 4)]);
  });

  it('need two clusters', () => {
    expect(groupRows(8, { seed: 1, cluster: 4 }).groups).toBe(2);
    expect(() => groupRows(4, { seed: 1, cluster: 4 })).toThrow(DataError);
  });
});
