import { describe, expect, it } from 'vitest';
import {
  frechetDistance,
  frechetExpansion,
  pairedFrechetExpansion,
} from '../../../src/evaluation/statistics/frechet.ts';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import { estimate, populationEstimate } from '../../../src/evaluation/statistics/interval.ts';
import { groupedMoments, momentsOf } from '../../../src/evaluation/statistics/moments.ts';
import { gaussianRows, meanOf } from './gaussian-rows.ts';

const gaussian = (mean: readonly number[], covariance: readonly number[]) => ({
  mean: Float64Array.from(mean),
  covariance: Float64Array.from(covariance),
});
const grouped = (rows: ReturnType<typeof gaussianRows>) =>
  groupedMoments(rows, groupRows(rows.shape[0] ?? 0, { seed: 1 }));

describe('the Fréchet distance', () => {
  const a = gaussian([0, 0], [2, 1, 1, 2]);
  const b = gaussian([1, 2], [3, 0, 0, 1]);

  it.each([
    ['of two Gaussians that do not commute', a, b, 5.516685226452117],
    ['the other way round', b, a, 5.516685226452117],
    ['of a Gaussian from itself', a, a, 0],
    ['between scales: d·(s − 1)²', gaussian([0, 0], [1, 0, 0, 1]), gaussian([0, 0], [9, 0, 0, 9]), 8],
    ['with a dead feature', gaussian([1, 0], [4, 0, 0, 0]), gaussian([0, 0], [1, 0, 0, 0]), 2],
    ['of a point from a Gaussian: |μ|² + tr Σ', gaussian([3, 0], [0, 0, 0, 0]), a, 13],
  ])('knows the value %s', (_, left, right, expected) => {
    expect(frechetDistance(left, right)).toBeCloseTo(expected, 10);
  });

  it('of N rows from their own distribution is about d/N + d(d + 1)/(4(N − 1))', () => {
    const [d, count] = [8, 400];
    const exact = gaussian(
      Array.from({ length: d }, () => 0),
      Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0)),
    );
    const values = Array.from({ length: 60 }, (_, i) => frechetDistance(exact, momentsOf(gaussianRows(count, d, i))));
    const expected = d / count + (d * (d + 1)) / (4 * (count - 1));
    expect(meanOf(values) / expected).toBeGreaterThan(0.95);
    expect(meanOf(values) / expected).toBeLessThan(1.1);
  });
});

describe('intervals of the Fréchet distance', () => {
  const [d, count, repetitions, shift] = [8, 250, 600, 0.2];
  const pairs = Array.from({ length: repetitions }, (_, i) =>
    frechetExpansion(grouped(gaussianRows(count, d, `a${i}`, shift)), grouped(gaussianRows(count, d, `b${i}`))),
  );
  const covered = (estimates: readonly { low: number; high: number }[], truth: number): number =>
    estimates.filter(({ low, high }) => low <= truth && truth <= high).length / repetitions;

  it('cover the expectation at their number of rows', () => {
    const estimates = pairs.map(estimate);
    const truth = meanOf(estimates.map(({ value }) => value));
    const share = covered(estimates, truth);
    expect(truth).toBeGreaterThan(1.2 * d * shift ** 2); // the bias that all rows of a table share
    expect(share).toBeGreaterThanOrEqual(0.91); // 93.5 % of 2000; four standard errors of 600 are 4 %
    expect(share).toBeLessThan(0.97);
  });

  it('moved by the bias cover the distance of the distributions', () => {
    const share = covered(pairs.map(populationEstimate), d * shift ** 2);
    expect(share).toBeGreaterThanOrEqual(0.91);
    expect(share).toBeLessThan(0.97);
  });

  it('of equal distributions hold the expected floor', () => {
    const floors = Array.from({ length: repetitions }, (_, i) =>
      estimate(frechetExpansion(grouped(gaussianRows(count, d, `c${i}`)), grouped(gaussianRows(count, d, `d${i}`)))),
    );
    const truth = 2 * (d / count + (d * (d + 1)) / (4 * (count - 1)));
    const share = covered(floors, truth);
    expect(share).toBeGreaterThanOrEqual(0.93);
    expect(share).toBeLessThan(0.995); // 1 where the quadratic part is counted twice
  });

  it('of rows that take turns through classes need groups of whole turns', () => {
    // class k of ten lies at 3k in the first dimension; both sets hold every class equally often
    const turns = (key: string) => {
      const { shape, data } = gaussianRows(600, 2, key);
      return { shape, data: data.map((value, i) => (i % 2 === 0 ? value + 3 * ((i / 2) % 10) : value)) };
    };
    const biases = [1, 10].map((cluster) => {
      const moments = (key: string) => groupedMoments(turns(key), groupRows(600, { seed: 1, cluster }));
      return meanOf(
        Array.from(
          { length: 30 },
          (_, i) => populationEstimate(frechetExpansion(moments(`e${i}`), moments(`f${i}`))).value,
        ),
      );
    });
    expect(biases[0]).toBeLessThan(-0.1);
    expect(Math.abs(biases[1] ?? 1)).toBeLessThan(0.02);
  });

  it('of a paired distance are narrower than of an independent one', () => {
    const samples = gaussianRows(400, 4, 'pair');
    const moved = { shape: samples.shape, data: samples.data.map((value) => value + 0.5) };
    const paired = estimate(pairedFrechetExpansion(grouped(moved), grouped(samples)));
    const apart = estimate(frechetExpansion(grouped(moved), grouped(samples)));
    expect(paired.value).toBeCloseTo(1, 4); // 4 · 0.5²
    expect(paired.high - paired.low).toBeLessThan(1e-4);
    expect(apart.high - apart.low).toBeGreaterThan(0.1);
  });
});
