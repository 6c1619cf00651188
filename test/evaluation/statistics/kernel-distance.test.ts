import { describe, expect, it } from 'vitest';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import { estimate } from '../../../src/evaluation/statistics/interval.ts';
import { gaussianKernel, type Kernel } from '../../../src/evaluation/statistics/kernel.ts';
import { kernelDistance } from '../../../src/evaluation/statistics/kernel-distance.ts';
import type { Rows } from '../../../src/evaluation/statistics/rows.ts';
import { directions, project, slicedWasserstein } from '../../../src/evaluation/statistics/sliced-wasserstein.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { gaussianRows, meanOf } from './gaussian-rows.ts';

const column = (...data: readonly number[]): Rows => ({ shape: [data.length, 1], data: Float32Array.from(data) });

describe('the kernel distance', () => {
  const d = 8;
  const bandwidths = [1, 3];
  /** E k(x, y) for x ~ N(0, a·I), y ~ N(0, b·I) under the Gaussian kernels. */
  const expected = (a: number, b: number) => meanOf(bandwidths.map((h) => ((h * h) / (h * h + a + b)) ** (d / 2)));
  const kernels: readonly (readonly [string, Kernel | undefined, number, number])[] = [
    ['cubic kernel, scale 2', undefined, 2, (3 * (1 - 4) ** 2) / d],
    ['cubic kernel, equal', undefined, 1, 0],
    ['Gaussian kernels, scale 2', gaussianKernel(bandwidths), 2, expected(1, 1) + expected(4, 4) - 2 * expected(1, 4)],
  ];

  it.each(kernels)('is unbiased with the %s', (_, kernel, scale, truth) => {
    const distances = Array.from({ length: 40 }, (_, i) =>
      estimate(
        kernelDistance(gaussianRows(120, d, `k${i}`), gaussianRows(140, d, `l${i}`, 0, scale), {
          seed: 1,
          ...(kernel && { kernel }),
        }),
      ),
    );
    const values = distances.map(({ value }) => value);
    const centre = meanOf(values);
    const error = Math.sqrt(meanOf(values.map((value) => (value - centre) ** 2)) / values.length);
    expect(Math.abs(centre - truth)).toBeLessThan(3.5 * error);
    const hits = distances.filter(({ low, high }) => low <= truth && truth <= high).length;
    expect(hits).toBeGreaterThanOrEqual(36);
  });

  it('is the same as brute force over all pairs', () => {
    const { value } = kernelDistance(column(0, 1, 3), column(2, 5, 6), { seed: 1 });
    const k = (x: number, y: number) => (x * y + 1) ** 3;
    const within = (k0: number, k1: number, k2: number) => (k(k0, k1) + k(k0, k2) + k(k1, k2)) / 3;
    const across = meanOf([0, 1, 3].flatMap((x) => [2, 5, 6].map((y) => k(x, y))));
    expect(value).toBeCloseTo(within(0, 1, 3) + within(2, 5, 6) - 2 * across, 8);
  });

  it('averages over disjoint subsets', () => {
    const samples = gaussianRows(300, 4, 's', 1);
    const reference = gaussianRows(300, 4, 'r');
    const whole = estimate(kernelDistance(samples, reference, { seed: 1 }));
    const parts = estimate(kernelDistance(samples, reference, { seed: 1, subset: 60 }));
    expect(parts.value).not.toBe(whole.value);
    expect(parts.low).toBeLessThan(whole.value);
    expect(parts.high).toBeGreaterThan(whole.value);
  });

  it('does not count pairs inside a cluster', () => {
    const twice = (rows: readonly number[]) => column(...rows.flatMap((value) => [value, value]));
    const [x, y] = [
      [0, 1, 3, 4],
      [2, 5, 6, 1],
    ];
    const once = kernelDistance(column(...(x ?? [])), column(...(y ?? [])), { seed: 1 }).value;
    expect(kernelDistance(twice(x ?? []), twice(y ?? []), { seed: 1, cluster: 2 }).value).toBeCloseTo(once, 8);
  });

  it('refuses rows of different lengths', () => {
    expect(() => kernelDistance(gaussianRows(9, 2, 1), gaussianRows(9, 3, 1), { seed: 1 })).toThrow(DataError);
  });
});

describe('the sliced Wasserstein distance', () => {
  const projected = (rows: Rows, seed = 1, count?: number) =>
    project(rows, groupRows(rows.shape[0] ?? 0, { seed }), directions(rows.shape[1] ?? 0, seed, count));
  const between = (a: Rows, b: Rows) => slicedWasserstein(projected(a), projected(b)).value;

  it.each([
    ['of equal sets', column(1, 5, 2), column(5, 2, 1), 0],
    ['of sets that repeat', column(0, 1), column(0, 0, 1, 1), 0],
    ['of pairs', column(0, 10), column(13, 1), Math.sqrt((1 + 9) / 2)],
    ['of unequal numbers', column(0, 2), column(0, 1, 2), Math.sqrt(1 / 3)],
  ])('knows the value %s', (_, a, b, expected) => {
    expect(between(a, b)).toBeCloseTo(expected, 6);
  });

  it('of a shift is its length over √d', () => {
    const rows = gaussianRows(50, 3, 'shift');
    const moved = { shape: rows.shape, data: rows.data.map((value) => value + 2) };
    const along = projected(rows, 1, 1000);
    const { value } = slicedWasserstein(projected(moved, 1, 1000), along);
    expect(Math.abs(value / 2 - 1)).toBeLessThan(0.05); // |(2, 2, 2)|/√3
  });

  it('between scales of a Gaussian is the difference of the scales, inside its interval', () => {
    const apart = slicedWasserstein(
      projected(gaussianRows(2000, 4, 'wide', 0, 3)),
      projected(gaussianRows(2000, 4, 'narrow')),
    );
    const { value, low, high } = estimate(apart);
    expect(Math.abs(value - 2)).toBeLessThan(0.1);
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(2);
  });
});
