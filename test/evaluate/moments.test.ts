import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { groupRows } from '../../src/evaluate/grouping.ts';
import { groupedMoments, momentsOf } from '../../src/evaluate/moments.ts';
import { pickRows } from '../../src/evaluate/rows.ts';
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

  it('without a group are those of the other rows', () => {
    const rows = gaussianRows(60, 3, 'moments', 5);
    const grouping = groupRows(60, { seed: 1, groups: 7 });
    const rest = Int32Array.from(Array.from({ length: 60 }, (_, row) => row).filter((row) => grouping.of[row] !== 2));
    const direct = momentsOf(pickRows(rows, rest));
    const { mean, covariance, count } = groupedMoments(rows, grouping).of(2);
    expect(count).toBe(rest.length);
    mean.forEach((value, i) => {
      expect(value).toBeCloseTo(direct.mean[i] ?? Number.NaN, 10);
    });
    covariance.forEach((value, i) => {
      expect(value).toBeCloseTo(direct.covariance[i] ?? Number.NaN, 10);
    });
  });

  it.each([
    [
      'NaN',
      { shape: [3, 1], data: Float32Array.of(0, Number.NaN, 1) },
      /reals: expected finite numbers, got NaN at index 1/,
    ],
    ['as many rows as columns', gaussianRows(4, 4, 'few'), /reals: expected more than 4 rows for 4 columns, got 4/],
    ['another rank', { shape: [2, 2, 1], data: new Float32Array(4) }, /reals: expected rows \[N, D\], got \[2, 2, 1\]/],
  ])('refuse %s', (_, rows, message) => {
    expect(() => momentsOf(rows, 'reals')).toThrow(DataError);
    expect(() => momentsOf(rows, 'reals')).toThrow(message);
  });

  it('refuse rows that leaving a group out makes too few', () => {
    const rows = gaussianRows(10, 8, 'left');
    expect(() => groupedMoments(rows, groupRows(10, { seed: 1, groups: 2 }))).toThrow(/got 5 of 10/);
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
    expect(() => groupRows(4, { seed: 1, cluster: 4 })).toThrow(DataError);
  });
});
