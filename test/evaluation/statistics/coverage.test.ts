import { describe, expect, it } from 'vitest';
import { shareInterval, wilson } from '../../../src/evaluation/statistics/accuracy.ts';
import { coverage } from '../../../src/evaluation/statistics/coverage.ts';
import { halfSample } from '../../../src/evaluation/statistics/half-sampling.ts';
import { studentQuantile } from '../../../src/evaluation/statistics/interval.ts';
import type { Rows } from '../../../src/evaluation/statistics/rows.ts';
import { skewedReach } from '../../../src/evaluation/statistics/skewness.ts';
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

  /** Precision, recall, density and coverage as their papers define them; moments of the balls about each sample. */
  function byDefinition(samples: readonly number[][], reference: readonly number[][], k: number): number[] {
    const square = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0);
    const radii = (rows: readonly number[][]) =>
      rows.map((row) => rows.map((other) => square(row, other)).sort((a, b) => a - b)[k] ?? 0); // the nearest is itself
    const [own, real] = [radii(samples), radii(reference)];
    const share = (flags: readonly boolean[]) => flags.filter(Boolean).length / flags.length;
    const inReal = samples.map((row) => reference.map((other, j) => square(row, other) <= (real[j] ?? 0)));
    const balls = inReal.map((flags) => flags.filter(Boolean).length);
    const moment = (power: number) => meanOf(balls.map((count) => (count - meanOf(balls)) ** power));
    const inOwn = reference.map((row) => samples.map((other, i) => square(row, other) <= (own[i] ?? 0)));
    return [
      share(inReal.map((flags) => flags.includes(true))),
      share(inOwn.map((balls) => balls.includes(true))),
      inReal.flat().filter(Boolean).length / k / samples.length,
      share(reference.map((_, j) => inReal.some((flags) => flags[j]))),
      moment(2),
      moment(3),
    ];
  }

  /** Normal rows in units of 12; of a unit all but one lie in a crowd far from those of others, that one in the next. */
  const crowded = (count: number, key: string): Rows => {
    const rows = gaussianRows(count, 2, key);
    return { ...rows, data: rows.data.map((value, i) => value + 100 * (Math.floor(i / 24) + (i % 24 < 2 ? 1 : 0))) };
  };

  it.each([
    ['', gaussianRows(24, 2, 'by definition', 0.8), gaussianRows(18, 2, 'of definitions'), { k: 2, cluster: 2 }],
    [
      ', also where few of the nearest rows are in the same half',
      crowded(60, 'crowds'),
      crowded(48, 'crowds of others'),
      { k: 1, cluster: 12 },
    ],
  ])(
    'are those of the definitions, with intervals from halves of both sets%s',
    (_, samples, reference, { k, cluster }) => {
      const [n = 0, m = 0] = [samples.shape[0], reference.shape[0]];
      const listOf = ({ data }: { data: Float32Array }, inside?: Uint8Array): number[][] =>
        Array.from({ length: data.length / 2 }, (_, row) => [...data.subarray(2 * row, 2 * row + 2)]).filter(
          (_, row) => inside === undefined || inside[row] === 1,
        );
      const values = byDefinition(listOf(samples), listOf(reference), k);
      const halves = halfSample([n, m], { seed: 1, cluster }, ([mine, other]) =>
        byDefinition(listOf(samples, mine), listOf(reference, other), k),
      );
      const found = coverage(samples, reference, { k, cluster });
      const list = [found.precision, found.recall, found.density, found.coverage];
      expect(list.map(({ value }) => value)).toEqual(values.slice(0, 4).map((value) => expect.closeTo(value, 12)));
      expect(new Set(values.slice(0, 4)).size).toBe(4);
      const [variance = 0, third = 0] = values.slice(4);
      for (const [index, { value, low, high }] of list.entries()) {
        const { mean = 0, difference = 0 } = halves[index] ?? {};
        if (index === 2) {
          const error = Math.sqrt(difference * (variance / (halves[4]?.mean ?? 0)));
          const { below, above } = skewedReach(studentQuantile(40), third / (k ** 3 * n ** 2 * error ** 3));
          expect(Math.abs(above - below)).toBeGreaterThan(0.01);
          expect([low, high]).toEqual([
            expect.closeTo(Math.max(0, value - below * error), 9),
            expect.closeTo(value + above * error, 9),
          ]);
        } else {
          const expected = shareInterval(value, (mean * (1 - mean)) / difference, studentQuantile(40));
          expect([low, high]).toEqual([expect.closeTo(expected.low, 9), expect.closeTo(expected.high, 9)]);
        }
      }
    },
  );

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
    expect(() => coverage(gaussianRows(11, 2, 1), gaussianRows(40, 2, 1))).toThrow(
      'expected at least 12 for 5 neighbours in each half, got 11',
    );
    expect(() => coverage(gaussianRows(40, 2, 1), gaussianRows(15, 2, 1), { cluster: 4 })).toThrow(
      'expected at least 16 for 5 neighbours in each half, got 15',
    );
    expect(coverage(gaussianRows(12, 2, 1), gaussianRows(12, 2, 2)).precision.value).toBeGreaterThan(0);
  });
});
