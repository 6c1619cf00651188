import { describe, expect, it } from 'vitest';
import { meanEstimate, studentQuantile } from '../../../src/evaluation/statistics/interval.ts';
import { skewedReach, skewnessOf } from '../../../src/evaluation/statistics/skewness.ts';

/** Hall's transformation of Student's ratio (1992, g₁ with a = 1/3 and b = 1/6). */
const transformed = (t: number, skewness: number): number =>
  t + (skewness * t ** 2) / 3 + (skewness ** 2 * t ** 3) / 27 + skewness / 6;

describe('the skewness of a sum', () => {
  it('is that of the values, adjusted, over √N', () => {
    // about the mean 1: Σ² = 12 and Σ³ = 24 of 4 values; G₁ = 16/(3·2)·(24/4)/4^1.5 = 2
    expect(skewnessOf([Float64Array.of(0, 0, 0, 4).map((value) => value / 4)])).toBeCloseTo(2 / Math.sqrt(4), 12);
  });

  it('adds cumulants over independent sets', () => {
    const [right, left] = [Float64Array.of(0, 0, 0, 4), Float64Array.of(0, 4, 4, 4)];
    expect(skewnessOf([right, left])).toBeCloseTo(0, 12);
    expect(skewnessOf([right, right])).toBeCloseTo(1 / Math.SQRT2, 12);
  });

  it.each([
    ['two units', Float64Array.of(0, 1)],
    ['no spread', Float64Array.of(2, 2, 2)],
  ])('of %s is none', (_, values) => {
    expect(skewnessOf([values])).toBe(0);
  });
});

describe('the reach with skewed units', () => {
  it.each([
    [2, 0.3],
    [2.5, 1],
    [1.96, -0.2],
  ])('solves Hall’s transformation on the side of the tail, for %f and %f', (quantile, skewness) => {
    const { below, above } = skewedReach(quantile, skewness);
    const [far, near] = skewness > 0 ? [above, below] : [below, above];
    const likely = skewness + Math.sign(skewness) * skewness ** 2; // more than the units show
    expect(transformed(-Math.sign(skewness) * far, likely)).toBeCloseTo(-Math.sign(skewness) * quantile, 9);
    expect(far).toBeGreaterThan(quantile);
    expect(near).toBe(quantile);
  });

  it('without skewness is the quantile', () => {
    expect(skewedReach(2, 0)).toEqual({ below: 2, above: 2 });
    expect(skewedReach(2, -0.99e-6)).toEqual({ below: 2, above: 2 }); // rounding would rule it
    expect(skewedReach(2, 1e-6).above).toBeGreaterThan(2);
    expect(skewedReach(2, -1e-6).below).toBeGreaterThan(2);
  });

  it('makes the interval of a mean longer towards the tail', () => {
    const { value, low, high } = meanEstimate(Float64Array.of(0, 0, 0, 4)); // standard error 1
    expect(value - low).toBeCloseTo(studentQuantile(3), 9);
    expect(transformed(value - high, 2)).toBeCloseTo(-studentQuantile(3), 9);
  });
});
