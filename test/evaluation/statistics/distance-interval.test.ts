import { describe, expect, it } from 'vitest';
import { distanceEnds } from '../../../src/evaluation/statistics/distance-interval.ts';
import { stream } from '../../../src/ground/random/philox.ts';

describe('the interval of a squared distance', () => {
  const reach = 2;

  it('has ends from which the distance is as far as their own variance allows', () => {
    const [excess, linear, quadratic] = [3, 1.5, 0.5];
    const { low, high } = distanceEnds({ excess, linear, quadratic }, reach);
    for (const end of [low, high]) {
      expect((excess - end) ** 2).toBeCloseTo(4 * (quadratic + (linear / excess) * end), 12);
    }
    expect([low < excess, high > excess, high - excess > excess - low]).toEqual([true, true, true]);
  });

  it('is that of the quadratic part alone where no linear part shows, and where the distance is below its bias', () => {
    const plain = { low: 1 - 2 * 0.5, high: 1 + 2 * 0.5 };
    expect(distanceEnds({ excess: 1, linear: -0.2, quadratic: 0.25 }, reach)).toEqual(plain);
    const below = distanceEnds({ excess: -0.5, linear: 7, quadratic: 0.25 }, reach);
    expect(below).toEqual({ low: -1.5, high: 0.5 });
  });

  it('goes below equality by the variance that there is at equality', () => {
    const { low, high } = distanceEnds({ excess: 0.8, linear: 0.3, quadratic: 0.25 }, reach);
    expect(low).toBeCloseTo(0.8 - 2 * 0.5, 12);
    expect((high - 0.8) ** 2).toBeCloseTo(4 * (0.25 + (0.3 / 0.8) * high), 12);
  });

  it('takes an excess within half the deviation of the quadratic part for that half', () => {
    const quadratic = 0.16;
    const { high } = distanceEnds({ excess: 0.01, linear: 0.1, quadratic }, reach);
    expect((high - 0.01) ** 2).toBeCloseTo(4 * (quadratic + (0.1 / 0.2) * high), 12);
  });

  it('holds the squared length of a Gaussian mean that it is of, near zero and far from it', () => {
    // |δ + ε|² of 30 columns, ε ~ N(0, I): bias 30, linear part 4|δ|², quadratic part 60, both known here

    for (const length of [0, 1, 5]) {
      const trials = 2000;
      let held = 0;
      for (let i = 0; i < trials; i++) {
        const error = stream('distance-interval', length, i).normal(30);
        const excess = error.reduce((sum, e, k) => sum + (e + (k === 0 ? length : 0)) ** 2, 0) - 30;
        // as it would be estimated: 4·Σ(observed² − 1)
        const { low, high } = distanceEnds({ excess, linear: 4 * excess, quadratic: 60 }, 1.96);
        if (low <= length ** 2 && length ** 2 <= high) held++;
      }
      expect(held / trials).toBeGreaterThan(0.925);
      expect(held / trials).toBeLessThan(0.97);
    }
  });
});
