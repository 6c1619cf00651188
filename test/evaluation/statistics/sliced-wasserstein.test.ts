import { describe, expect, it } from 'vitest';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import { halfSample } from '../../../src/evaluation/statistics/half-sampling.ts';
import { rootEstimate } from '../../../src/evaluation/statistics/interval.ts';
import type { Rows } from '../../../src/evaluation/statistics/rows.ts';
import {
  directions,
  project,
  squaredSlicedWasserstein,
} from '../../../src/evaluation/statistics/sliced-wasserstein.ts';
import { column, gaussianRows, meanOf } from './gaussian-rows.ts';

describe('the sliced Wasserstein distance', () => {
  const projected = (rows: Rows, seed = 1, count?: number) =>
    project(rows, groupRows(rows.shape[0] ?? 0, { seed }), directions(rows.shape[1] ?? 0, seed, count));
  const between = (a: Rows, b: Rows) => squaredSlicedWasserstein(projected(a), projected(b)).value;

  it.each([
    ['of equal sets', column(1, 5, 2), column(5, 2, 1), 0],
    ['of sets that repeat', column(0, 1), column(0, 0, 1, 1), 0],
    ['of pairs', column(0, 10), column(13, 1), (1 + 9) / 2],
    ['of unequal numbers', column(0, 2), column(0, 1, 2), 1 / 3],
  ])('knows the value %s', (_, a, b, expected) => {
    expect(between(a, b)).toBeCloseTo(expected, 6);
  });

  /** By how much more each unit moves the distance than the first of its set. */
  const relative = (list: Float64Array | undefined) => [...(list ?? [])].map((value) => value - (list?.[0] ?? 0));

  it.each([
    ['pairs', column(0, 10), column(1, 13), [0, -40 / 2], [0, 48 / 2], 5],
    ['unequal numbers', column(0, 3), column(0, 1, 2), [0, 3 / 2], [0, -0.5 / 3, -2 / 3], 7 / 6],
  ])('has influences of twice the gaps, summed up from value to value: %s', (_, a, b, ofA, ofB, value) => {
    const along = [Float64Array.of(1)];
    const projection = (rows: Rows) => project(rows, { cluster: 1 }, along);
    const found = squaredSlicedWasserstein(projection(a), projection(b));
    expect(found.value).toBeCloseTo(value, 6);
    expect(relative(found.influences[0])).toEqual(ofA.map((square) => expect.closeTo(square, 5)));
    expect(relative(found.influences[1])).toEqual(ofB.map((square) => expect.closeTo(square, 5)));
    expect(found).toMatchObject({ least: 0, squaredDistance: true });
  });

  it('sums influences over clusters and takes their mean over directions', () => {
    const rows = { shape: [4, 2], data: Float32Array.of(0, 0, 10, 10, 0, 0, 10, 10) };
    const moved = { shape: [4, 2], data: Float32Array.of(1, 1, 13, 13, 1, 1, 13, 13) };
    const along = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
    const one = squaredSlicedWasserstein(project(rows, { cluster: 1 }, along), project(moved, { cluster: 1 }, along));
    const two = squaredSlicedWasserstein(project(rows, { cluster: 2 }, along), project(moved, { cluster: 2 }, along));
    expect(one.value).toBeCloseTo(5, 6);
    expect(relative(one.influences[0])[1]).toBeCloseTo(-40 / 4, 5);
    const sums = [0, 2].map((first) => (one.influences[0]?.[first] ?? 0) + (one.influences[0]?.[first + 1] ?? 0));
    expect([...(two.influences[0] ?? [])]).toEqual(sums.map((value) => expect.closeTo(value, 9)));
  });

  it('takes the spread of what pairs do together, and the bias, from halves of both sets', () => {
    const [a, b] = [gaussianRows(8, 1, 'half a', 1), gaussianRows(8, 1, 'half b')];
    const along = [Float64Array.of(1)];
    const { value, interactions, bias } = squaredSlicedWasserstein(
      project(a, { cluster: 2 }, along),
      project(b, { cluster: 2 }, along),
    );
    const [halves] = halfSample([8, 8], { seed: 1, cluster: 2 }, (half) => {
      const [x = [], y = []] = [a, b].map(({ data }, set) =>
        [...data].filter((_, row) => half[set]?.[row] === 1).sort((left, right) => left - right),
      );
      return [meanOf(x.map((one, i) => (one - (y[i] ?? Number.NaN)) ** 2))];
    });
    expect([...interactions]).toEqual([expect.closeTo(Math.sqrt(halves?.quadratic ?? 0), 9)]);
    expect(bias).toBeCloseTo((halves?.mean ?? 0) - value, 9);
  });

  it('of a shift is its length over √d', () => {
    const rows = gaussianRows(50, 3, 'shift');
    const moved = { shape: rows.shape, data: rows.data.map((value) => value + 2) };
    const along = projected(rows, 1, 1000);
    const { value } = squaredSlicedWasserstein(projected(moved, 1, 1000), along);
    expect(Math.abs(Math.sqrt(value) / 2 - 1)).toBeLessThan(0.05); // |(2, 2, 2)|/√3
  });

  it('between scales of a Gaussian is the difference of the scales, inside its interval', () => {
    const apart = squaredSlicedWasserstein(
      projected(gaussianRows(2000, 4, 'wide', 0, 3)),
      projected(gaussianRows(2000, 4, 'narrow')),
    );
    const { value, low, high } = rootEstimate(apart);
    expect(Math.abs(value - 2)).toBeLessThan(0.1);
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(2);
  });
});
