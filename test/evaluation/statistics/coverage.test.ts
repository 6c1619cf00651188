import { describe, expect, it } from 'vitest';
import { wilson } from '../../../src/evaluation/statistics/accuracy.ts';
import { coverage } from '../../../src/evaluation/statistics/coverage.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { gaussianRows, meanOf } from './gaussian-rows.ts';

describe('precision, recall, density and coverage', () => {
  it.each([1, 3, 5])('of equal distributions: density 1 and coverage 1 − 2⁻ᵏ for k = %i', (k) => {
    const results = Array.from({ length: 4 }, (_, i) =>
      coverage(gaussianRows(400, 4, `p${i}`), gaussianRows(400, 4, `q${i}`), { k }),
    );
    expect(Math.abs(meanOf(results.map(({ density }) => density.value)) - 1)).toBeLessThan(0.08);
    expect(Math.abs(meanOf(results.map((result) => result.coverage.value)) - (1 - 2 ** -k))).toBeLessThan(0.03);
  });

  it('of far sets are all zero', () => {
    const far = coverage(gaussianRows(50, 3, 'far', 100), gaussianRows(50, 3, 'near'));
    for (const { value, low } of Object.values(far)) expect([value, low]).toEqual([0, expect.closeTo(0, 12)]);
    expect(far.precision.high).toBeCloseTo(0.0755, 3); // Wilson's bound at none of 50, by Student's quantile
    expect(far.density.high).toBe(0);
  });

  it('tell lost diversity from lost fidelity', () => {
    const reference = gaussianRows(300, 3, 'reference');
    const narrow = coverage(gaussianRows(300, 3, 'narrow', 0, 0.2), reference);
    const wide = coverage(gaussianRows(300, 3, 'wide', 0, 5), reference);
    expect(narrow.precision.value).toBeGreaterThan(0.95);
    expect(narrow.recall.value).toBeLessThan(0.2);
    expect(wide.precision.value).toBeLessThan(0.3);
    expect(wide.recall.value).toBeGreaterThan(0.95);
  });

  it('need equally many columns', () => {
    expect(() => coverage(gaussianRows(30, 2, 1), gaussianRows(30, 3, 1))).toThrow(/same columns, got 2 and 3/);
  });

  it('vary more than as many independent trials: rows share balls', () => {
    const ratios = Array.from({ length: 6 }, (_, i) => {
      const { coverage: share } = coverage(gaussianRows(300, 32, `u${i}`), gaussianRows(300, 32, `v${i}`));
      const trials = wilson(share.value * 300, 300);
      return (share.high - share.low) / (trials.high - trials.low);
    });
    expect(meanOf(ratios)).toBeGreaterThan(1.15);
  });

  it('need more rows than neighbours in each half', () => {
    expect(() => coverage(gaussianRows(5, 2, 1), gaussianRows(9, 2, 1))).toThrow(DataError);
  });
});
