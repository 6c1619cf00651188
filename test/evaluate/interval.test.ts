import { describe, expect, it } from 'vitest';
import {
  bootstrapMean,
  combine,
  estimate,
  populationEstimate,
  quantile,
  replicate,
  studentQuantile,
} from '../../src/evaluate/interval.ts';
import { stream } from '../../src/random/philox.ts';
import { meanOf } from './gaussian-rows.ts';

const values = [3, 1, 4, 1, 5, 9, 2, 6];
const without = (list: readonly number[], place?: number) => list.filter((_, index) => index !== place);

describe('the jackknife', () => {
  it('gives the mean its classical interval', () => {
    const { value, low, high } = estimate(
      replicate([values.length], (omitted) => meanOf(without(values, omitted?.group))),
    );
    const centre = meanOf(values);
    const variance = values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1);
    expect(value).toBe(centre);
    expect((high - low) / 2).toBeCloseTo(studentQuantile(7) * Math.sqrt(variance / values.length), 10);
  });

  it('takes the bias of the variance over N away', () => {
    const over = (list: readonly number[]) => meanOf(list.map((x) => (x - meanOf(list)) ** 2));
    const { value } = populationEstimate(
      replicate([values.length], (omitted) => over(without(values, omitted?.group))),
    );
    expect(value).toBeCloseTo((over(values) * values.length) / (values.length - 1), 10);
  });

  it('adds the variances of independent sets', () => {
    const other = [2, 7, 1, 8];
    const difference = replicate([values.length, other.length], (omitted) => {
      const [a, b] = [0, 1].map((set) => (omitted?.set === set ? omitted.group : undefined));
      return meanOf(without(values, a)) - meanOf(without(other, b));
    });
    const reach = (list: readonly number[]) => {
      const { low, high } = estimate(replicate([list.length], (omitted) => meanOf(without(list, omitted?.group))));
      return (high - low) / 2 / studentQuantile(list.length - 1);
    };
    const { low, high } = estimate(difference);
    expect((high - low) / 2).toBeCloseTo(studentQuantile(3) * Math.hypot(reach(values), reach(other)), 10);
  });

  it('of a difference of paired statistics knows what they share', () => {
    const mean = replicate([values.length], (omitted) => meanOf(without(values, omitted?.group)));
    const shifted = { ...mean, value: mean.value + 1, without: mean.without.map((list) => list.map((x) => x + 1)) };
    const { value, low, high } = estimate(combine(shifted, mean, (a, b) => a - b));
    expect(value).toBeCloseTo(1, 12);
    expect(high - low).toBeCloseTo(0, 12);
  });
});

describe('an interval', () => {
  it('ends at what the statistic cannot be below', () => {
    const numbers = replicate([3], (omitted) => [0, 1, 2][omitted?.group ?? 0] ?? 0, 0);
    expect(estimate(numbers).low).toBe(0);
    expect(estimate({ ...numbers, least: Number.NEGATIVE_INFINITY }).low).toBeLessThan(0);
  });
});

describe('quantiles', () => {
  it.each([
    [1, 12.7062],
    [2, 4.3027],
    [3, 3.1824],
    [9, 2.2622],
    [24, 2.0639],
    [1000, 1.9623],
  ])('of Student’s t with %i degrees of freedom are those of the tables', (freedom, expected) => {
    expect(Math.abs(studentQuantile(freedom) / expected - 1)).toBeLessThan(0.002);
  });

  it('of a list are linear between neighbours', () => {
    expect(quantile([0, 10, 20, 30, 40], 0.5)).toBe(20);
    expect(quantile([0, 10, 20, 30, 40], 0.9)).toBe(36);
    expect(quantile([7], 0.99)).toBe(7);
  });
});

describe('the bootstrap of a mean', () => {
  it('covers the mean of a skewed distribution', () => {
    const repetitions = 200;
    const hits = Array.from({ length: repetitions }, (_, i) => {
      const draws = stream('exponential', i)
        .uniform(60)
        .map((u) => -Math.log(u));
      const { low, high } = bootstrapMean(draws, i);
      return low <= 1 && 1 <= high;
    });
    expect(hits.filter(Boolean).length / repetitions).toBeGreaterThanOrEqual(0.9);
  });

  it('is the same for the same seed', () => {
    expect(bootstrapMean(values, 1)).toEqual(bootstrapMean(values, 1));
    expect(bootstrapMean(values, 1)).not.toEqual(bootstrapMean(values, 2));
  });
});
