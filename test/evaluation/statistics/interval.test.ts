import { describe, expect, it } from 'vitest';
import {
  combine,
  difference,
  type Expansion,
  estimate,
  meanEstimate,
  populationEstimate,
  quantile,
  ratio,
  studentQuantile,
} from '../../../src/evaluation/statistics/interval.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { meanOf } from './gaussian-rows.ts';

/** Symmetric about 5. */
const values = [1, 2, 4, 4, 6, 6, 8, 9];
/** The mean of a list; or of one less that of another. */
const meanExpansion = (...lists: readonly (readonly number[])[]): Expansion => ({
  value: lists.reduce((sum, list, set) => sum + (-1) ** set * meanOf(list), 0),
  influences: lists.map((list) => Float64Array.from(list, (x) => x / list.length)),
  interactions: new Float64Array(0),
  bias: 0,
  least: Number.NEGATIVE_INFINITY,
});
const reachOf = (expansion: Expansion): number => {
  const { low, high } = estimate(expansion);
  return (high - low) / 2;
};

describe('an interval from an expansion', () => {
  it('is the classical one for a mean', () => {
    const centre = meanOf(values);
    const variance = values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1);
    expect(estimate(meanExpansion(values)).value).toBe(centre);
    expect(reachOf(meanExpansion(values))).toBeCloseTo(studentQuantile(7) * Math.sqrt(variance / values.length), 10);
  });

  it('adds the variances of independent sets', () => {
    const other = [2, 7, 3, 8];
    const own = [values, other].map((list) => reachOf(meanExpansion(list)) / studentQuantile(list.length - 1));
    expect(reachOf(meanExpansion(values, other))).toBeCloseTo(studentQuantile(3) * Math.hypot(...own), 10);
  });

  it('counts the quadratic part once', () => {
    const linear = { ...meanExpansion(values), influences: [Float64Array.of(3, -3)] }; // variance 36
    expect(reachOf({ ...linear, interactions: Float64Array.of(2, 3) })).toBeCloseTo(
      studentQuantile(1) * Math.sqrt(36 - 13),
      8,
    );
    expect(reachOf({ ...linear, interactions: Float64Array.of(5, 2) })).toBeCloseTo(
      studentQuantile(1) * Math.sqrt(29),
      8,
    );
  });

  it('of the limit is moved by the bias', () => {
    const { value, low, high } = populationEstimate({ ...meanExpansion(values), bias: 0.5 });
    expect(value).toBe(meanOf(values) - 0.5);
    expect((low + high) / 2).toBeCloseTo(value, 10);
  });

  it('of a difference of paired statistics knows what they share', () => {
    const mean = meanExpansion(values);
    const shifted = { ...mean, value: mean.value + 1 };
    expect(estimate(combine(shifted, mean, difference(shifted.value, mean.value)))).toEqual({
      value: 1,
      low: 1,
      high: 1,
    });
  });

  it('of a ratio follows its slopes', () => {
    const [a, b] = [meanExpansion(values), meanExpansion([...values].reverse())];
    const { value, slopes } = ratio(6, 4);
    expect([value, ...slopes]).toEqual([1.5, 0.25, -0.375]);
    const [first = 0] = combine(a, b, ratio(6, 4)).influences[0] ?? [];
    expect(first).toBeCloseTo((0.25 * 1 - 0.375 * 9) / 8, 12);
  });

  it('ends at what the statistic cannot be below', () => {
    const numbers = { ...meanExpansion([0, 1, 2]), least: 0 };
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

  it.each([
    [3, 3.178616995054062],
    [5, 2.570308227150843],
    [10, 2.2281308968121536],
  ])('of Student’s t with %i degrees of freedom are the four terms of the expansion', (freedom, expected) => {
    expect(studentQuantile(freedom)).toBeCloseTo(expected, 9);
  });

  it('of Student’s t with one and two degrees of freedom are exact', () => {
    expect(studentQuantile(1)).toBeCloseTo(12.706204736174694, 9);
    expect(studentQuantile(2)).toBeCloseTo(4.302652729749464, 9);
  });

  it('of a list are linear between neighbours', () => {
    expect(quantile([0, 10, 20, 30, 40], 0.5)).toBe(20);
    expect(quantile([0, 10, 20, 30, 40], 0.9)).toBe(36);
    expect(quantile([7], 0.99)).toBe(7);
  });
});

describe('the interval of a mean', () => {
  it('is Student’s', () => {
    const { value, low, high } = meanEstimate(Float64Array.from(values)); // variance 54/7
    expect(value).toBe(meanOf(values));
    expect(high - value).toBeCloseTo(2.3646 * Math.sqrt(54 / 7 / 8), 2);
    expect(value - low).toBeCloseTo(high - value, 12);
  });

  it('ends at what the values cannot be below', () => {
    expect(meanEstimate(Float64Array.of(0, 1), 0)).toEqual({ value: 0.5, low: 0, high: expect.closeTo(6.853, 2) });
  });

  it('of one value is the value', () => {
    expect(meanEstimate(Float64Array.of(3))).toEqual({ value: 3, low: 3, high: 3 });
  });

  it.each([
    [1, 0.935],
    [Math.SQRT2, 0.92], // its skewness is 24, which 32 values seldom show
  ])('covers the mean of a log-normal distribution, a deviation of %f of its logarithm', (deviation, least) => {
    const repetitions = 1000;
    const expected = Math.exp(deviation ** 2 / 2);
    const hits = Array.from({ length: repetitions }, (_, i) => {
      const draws = stream('log-normal', i).normal(32);
      const { low, high } = meanEstimate(Float64Array.from(draws, (value) => Math.exp(deviation * value)));
      return low <= expected && expected <= high;
    });
    expect(hits.filter(Boolean).length / repetitions).toBeGreaterThanOrEqual(least);
  });
});
