import { describe, expect, it } from 'vitest';
import {
  fixedFrechetExpansion,
  frechetDistance,
  frechetExpansion,
  pairedFrechetExpansion,
} from '../../../src/evaluation/statistics/frechet.ts';
import { frechetCurvature, interactionsOf } from '../../../src/evaluation/statistics/frechet-expansion.ts';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import {
  type Deviation,
  type GroupedMoments,
  groupedMoments,
  type Moments,
  withRoot,
} from '../../../src/evaluation/statistics/moments.ts';
import type { Rows } from '../../../src/evaluation/statistics/rows.ts';
import { gaussianRows } from './gaussian-rows.ts';

const [count, d, cluster] = [24, 3, 2];
const grouped = (rows: Rows) => groupedMoments(rows, groupRows(count, { seed: 1, cluster, groups: 6 }));
/** Rows that lean: the second column follows the first. */
const leaning = (key: string, shift: number, scale: number): Rows => {
  const { shape, data } = gaussianRows(count, d, key, shift, scale);
  return { shape, data: data.map((value, i) => (i % d === 1 ? value + 0.7 * (data[i - 1] ?? 0) : value)) };
};
const [samples, reference] = [grouped(leaning('samples', 0.4, 1.5)), grouped(leaning('reference', 0, 1))];

/** A change of a set's moments. */
interface Change {
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
}
type Changed = readonly [change: Change, by: number];

function moved({ mean, covariance }: Moments, changes: readonly Changed[]) {
  const sum = (own: Float64Array, of: 'first' | 'second'): Float64Array =>
    own.map((value, i) => changes.reduce((all, [change, by]) => all + by * (change[of][i] ?? 0), value));
  return { mean: sum(mean, 'first'), covariance: sum(covariance, 'second') };
}

/** The distance with both sets' moments changed. */
const distance = (ofSamples: readonly Changed[], ofReference: readonly Changed[]): number =>
  frechetDistance(moved(reference.moments, ofReference), moved(samples.moments, ofSamples));

/** What the rows of a cluster add to the moments of their set. */
function clusterChange({ rows, moments }: GroupedMoments, unit: number): Change {
  const first = new Float64Array(d);
  const second = new Float64Array(d * d);
  for (let row = cluster * unit; row < cluster * (unit + 1); row++)
    for (let i = 0; i < d; i++) {
      const at = (k: number): number => (rows.data[row * d + k] ?? 0) - (moments.mean[k] ?? 0);
      first[i] = (first[i] ?? 0) + at(i) / count;
      for (let j = 0; j < d; j++) second[i * d + j] = (second[i * d + j] ?? 0) + (at(i) * at(j)) / count;
    }
  return { first, second };
}

/** A deviation with both triangles. */
function changeOf(deviation?: Deviation): Change | undefined {
  const cell = (i: number, j: number): number => (i * (i + 1)) / 2 + j;
  return (
    deviation && {
      first: deviation.first,
      second: Array.from({ length: d * d }, (_, at) => {
        const [i, j] = [Math.floor(at / d), at % d];
        return deviation.second[cell(Math.max(i, j), Math.min(i, j))] ?? 0;
      }),
    }
  );
}

const step = 1e-4;

describe('the expansion of the Fréchet distance', () => {
  const { influences } = frechetExpansion(samples, reference);

  it('has for every cluster the slope of the distance in what its rows add to the moments', () => {
    expect(influences.map(({ length }) => length)).toEqual([count / cluster, count / cluster]);
    for (let unit = 0; unit < count / cluster; unit++) {
      const [mine, other] = [clusterChange(samples, unit), clusterChange(reference, unit)];
      const ofSamples = (distance([[mine, step]], []) - distance([[mine, -step]], [])) / (2 * step);
      const ofReference = (distance([], [[other, step]]) - distance([], [[other, -step]])) / (2 * step);
      expect(influences[0]?.[unit]).toBeCloseTo(ofSamples, 6);
      expect(influences[1]?.[unit]).toBeCloseTo(ofReference, 6);
    }
  });

  it('has effects of groups whose products are the curvature of the distance, within a set and across', () => {
    const sides = frechetCurvature(samples, reference);
    const effects = [sides.samples.effects(samples), sides.reference.effects(reference)];
    const sets = [samples, reference];
    const bend = (left: number, g: number, right: number, h: number): number => {
      const changes = [changeOf(sets[left]?.deviations()[g]), changeOf(sets[right]?.deviations()[h])];
      const at = (a: number, b: number): number => {
        const of = (set: number): Changed[] =>
          [left, right].flatMap((side, i): Changed[] => {
            const change = changes[i];
            return side === set && change !== undefined ? [[change, i === 0 ? a : b]] : [];
          });
        return distance(of(0), of(1));
      };
      const by = 1e-3;
      return (at(by, by) - at(by, -by) - at(-by, by) + at(-by, -by)) / (4 * by * by);
    };
    const product = (a?: Float64Array, b?: Float64Array): number =>
      (a ?? new Float64Array()).reduce((sum, value, i) => sum + value * (b?.[i] ?? Number.NaN), 0);
    for (const [left, right] of [
      [0, 0],
      [1, 1],
      [0, 1],
    ] as const)
      for (const [g, h] of [
        [0, 0],
        [1, 4],
        [5, 2],
      ] as const)
        expect(2 * product(effects[left]?.[g], effects[right]?.[h])).toBeCloseTo(bend(left, g, right, h), 5);
  });

  it('moves a pair of sets together where they are paired', () => {
    const paired = pairedFrechetExpansion(samples, reference);
    expect(paired.influences).toHaveLength(1);
    for (const [unit, value] of (paired.influences[0] ?? []).entries())
      expect(value).toBeCloseTo((influences[0]?.[unit] ?? 0) + (influences[1]?.[unit] ?? 0), 12);
    const sides = frechetCurvature(samples, reference);
    const other = sides.reference.effects(reference);
    const joint = sides.samples.effects(samples).map((own, g) => own.map((value, i) => value + (other[g]?.[i] ?? 0)));
    const { interactions, bias } = interactionsOf([joint]);
    expect(paired.interactions).toEqual(interactions);
    expect(paired.bias).toBe(bias);
  });

  it('is the same with a column that never changes', () => {
    const widened = ({ rows }: GroupedMoments): GroupedMoments =>
      grouped({
        shape: [count, d + 1],
        data: Float32Array.from({ length: count * (d + 1) }, (_, i) =>
          i % (d + 1) === d ? 0 : (rows.data[Math.floor(i / (d + 1)) * d + (i % (d + 1))] ?? 0),
        ),
      });
    const [plain, wide] = [
      frechetExpansion(samples, reference),
      frechetExpansion(widened(samples), widened(reference)),
    ];
    expect(wide.value).toBeCloseTo(plain.value, 6);
    expect(wide.bias).toBeCloseTo(plain.bias, 6);
    for (const [i, value] of plain.interactions.entries()) expect(wide.interactions[i]).toBeCloseTo(value, 6);
    for (const [set, list] of plain.influences.entries())
      for (const [i, value] of list.entries()) expect(wide.influences[set]?.[i]).toBeCloseTo(value, 6);
  });
});

describe('the distance from moments that are taken as exact', () => {
  const { mean, covariance } = reference.moments;
  const [fixed, free] = [
    fixedFrechetExpansion(samples, withRoot({ mean, covariance })),
    frechetExpansion(samples, reference),
  ];

  it('has the value and the samples’ part of the expansion from their rows', () => {
    expect(fixed.value).toBeCloseTo(free.value, 12);
    expect(fixed.influences).toEqual(free.influences.slice(0, 1));
    expect(fixed.interactions).toEqual(free.interactions.subarray(0, fixed.interactions.length));
    expect(fixed.interactions.length).toBe((6 * 5) / 2);
    expect(fixed.bias).toBeGreaterThan(0);
    expect(fixed.bias).toBeLessThan(free.bias);
  });
});

describe('interactions of groups', () => {
  const sides = [
    [1, 2, -1, -2],
    [3, -1, -2],
  ].map((side) => side.map((value) => Float64Array.of(value)));

  it('are those of pairs in either set and of pairs across, twice each product of effects', () => {
    const { interactions } = interactionsOf(sides);
    expect(interactions).toHaveLength(6 + 3 + 12);
    // effects sum to zero, so the means of rows and columns across are zero: 2·√(12/6)·product
    const across = [1, 2, -1, -2].flatMap((a) => [3, -1, -2].map((b) => 2 * Math.SQRT2 * a * b));
    expect([...interactions.subarray(9)]).toEqual(across.map((value) => expect.closeTo(value, 10)));
    expect([...interactions.subarray(6, 9)]).toEqual([0, 0, 0]); // three groups are too few
    expect(interactionsOf(sides.slice(0, 1)).interactions).toEqual(interactions.subarray(0, 6));
  });

  it('have a bias of the squares of effects, short of g/(g − 1) in each set', () => {
    expect(interactionsOf(sides).bias).toBeCloseTo((10 * 4) / 3 + (14 * 3) / 2, 12);
  });
});
