import { describe, expect, it } from 'vitest';
import { acrossInteractions, withinInteractions } from '../../../src/evaluation/statistics/interaction.ts';
import { estimate } from '../../../src/evaluation/statistics/interval.ts';
import { cubicKernel, gaussianKernel, halvingKernel, type Kernel } from '../../../src/evaluation/statistics/kernel.ts';
import { kernelDistance } from '../../../src/evaluation/statistics/kernel-distance.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { column, gaussianRows, meanOf } from './gaussian-rows.ts';

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

  it('has the influence of each row, and the spread of what pairs do together, of a U-statistic', () => {
    const [x, y, n] = [[0, 1, 3, 4.5], [2, 5, 6, 1], 4];
    const k = (a: number, b: number) => (a * b + 1) ** 3;
    const table = (left: readonly number[], right: readonly number[]) =>
      Float64Array.from(left.flatMap((a) => right.map((b) => k(a, b))));
    const influencesOf = (own: readonly number[], other: readonly number[]) =>
      own.map(
        (a, i) =>
          (2 / n) * (meanOf(own.filter((_, j) => j !== i).map((b) => k(a, b))) - meanOf(other.map((b) => k(a, b)))),
      );
    const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
    const { influences, interactions } = kernelDistance(column(...x), column(...y), { seed: 1 });
    const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
    for (const [set, expected] of [influencesOf(x, y), influencesOf(y, x)].entries())
      expect(sorted(influences[set] ?? [])).toEqual(sorted(expected).map((value) => expect.closeTo(value, 8)));
    const within = [x, y].map((rows) => squares(withinInteractions(table(rows, rows), n)) / (n * (n - 1)) ** 2);
    const across = squares(acrossInteractions(table(x, y), n, n)) / n ** 4;
    expect(interactions).toHaveLength(1);
    expect((interactions[0] ?? 0) ** 2).toBeCloseTo(4 * ((within[0] ?? 0) + (within[1] ?? 0) + across), 6);
  });

  it('of several subsets is their mean: each row moves it by as much less', () => {
    const { value, influences } = kernelDistance(column(...Array(9).fill(1)), column(...Array(11).fill(2)), {
      seed: 1,
      subset: 4,
    });
    expect(value).toBeCloseTo(2 ** 3 + 5 ** 3 - 2 * 3 ** 3, 9);
    expect(influences.map((list) => [...list])).toEqual([
      Array(8).fill(expect.closeTo(((2 / 4) * (2 ** 3 - 3 ** 3)) / 2, 9)),
      Array(8).fill(expect.closeTo(((2 / 4) * (5 ** 3 - 3 ** 3)) / 2, 9)),
    ]);
  });

  it('is its own limit: it has no bias', () => {
    const { bias } = kernelDistance(gaussianRows(12, 2, 'b'), gaussianRows(12, 2, 'c'), { seed: 1 });
    expect(bias).toBe(0);
  });

  it('needs two clusters', () => {
    const few = gaussianRows(7, 2, 'few');
    expect(() => kernelDistance(few, few, { seed: 1, cluster: 4 })).toThrow('at least two clusters of 4, got 4 rows');
  });

  it('refuses rows of different lengths', () => {
    expect(() => kernelDistance(gaussianRows(9, 2, 1), gaussianRows(9, 3, 1), { seed: 1 })).toThrow(DataError);
  });
});

describe('kernels', () => {
  it('are 1 of equal rows where Gaussian, the mean over bandwidths, and a cube where cubic', () => {
    const kernel = gaussianKernel([1, 2]);
    expect(kernel(5, 5, 5)).toBe(1);
    expect(kernel(0, 4, 0)).toBeCloseTo((Math.exp(-2) + Math.exp(-0.5)) / 2, 12);
    expect(kernel(1, 0.999, 0.999)).toBe(1); // a square that rounding made negative
    expect(cubicKernel(4)(6, 0, 0)).toBe(2.5 ** 3);
  });
});

it('a kernel of halved bandwidths is that of all of them', () => {
  const [halving, all] = [halvingKernel(4, 5), gaussianKernel([4, 2, 1, 0.5, 0.25])];
  for (const square of [0, 0.01, 1, 9, 400]) expect(halving(0, square, 0)).toBeCloseTo(all(0, square, 0), 12);
  expect(halving(2, 3, 4)).toBeCloseTo(all(2, 3, 4), 12);
});
