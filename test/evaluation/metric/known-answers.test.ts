import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MetricInputs } from '../../../src/evaluation/metric/inputs.ts';
import { measured } from '../../../src/evaluation/metric/metric.ts';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { metrics } from '../../../src/evaluation/metric/table.ts';
import type { Draws } from '../../../src/evaluation/statistics/draws.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const noise = stream('known answers').normal(60);
/** 60 numbers as features, moved by a shift. */
const numbers = (shift: number) => noise.map((z) => z + shift);
const features = (shift: number) => prepareRows({ shape: [60, 1], data: numbers(shift) }, 1);
const draws = (shape: readonly number[], values: ArrayLike<number>): Draws => ({
  shape: [...shape],
  data: Float32Array.from(values),
});
const tokens = (shift: number, scale = 1) =>
  draws(
    [10, 3, 2],
    noise.map((z) => scale * z + shift),
  );

/** A student two above real data, where the teacher is one above, and by other noise one below. */
const shifted = {
  features: features(2),
  real: features(0),
  pairedFeatures: features(1),
  otherFeatures: features(-1),
} as const;
const copy = { features: features(0), real: shifted.real };

/** Half of what is real, each of it twice; the other half is far away. */
const oneSided = {
  features: prepareRows({ shape: [60, 1], data: noise.map((_, i) => noise[i % 30] ?? 0) }, 1),
  real: prepareRows({ shape: [60, 1], data: noise.map((_, i) => (noise[i % 30] ?? 0) + (i < 30 ? 0 : 1000)) }, 1),
};

/** Means over pairs of KID's kernel, a row never with itself. */
function kernelDistance(x: Float32Array, y: Float32Array): number {
  const kernel = (a: number, b: number) => (a * b + 1) ** 3;
  const sum = (p: Float32Array, q: Float32Array) =>
    p.reduce((all, a) => all + q.reduce((part, b) => part + kernel(a, b), 0), 0);
  const own = (p: Float32Array) => p.reduce((all, a) => all + kernel(a, a), 0);
  const within = (p: Float32Array) => (sum(p, p) - own(p)) / (60 * 59);
  return within(x) + within(y) - (2 * sum(x, y)) / 60 ** 2;
}

/** Two contexts of which the teacher leaves the second blank; the student doubles the first and is wild in the second. */
const half = {
  tokens: draws([3, 2, 1], [2, -2, 4, -4, 900, -900]),
  otherTokens: draws([3, 2, 1], [1, -1, 2, -2, 0, 0]),
  blank: { value: new Float32Array(1), tolerance: new Float32Array(1) },
};

/** Two contexts of thirty draws, the second half of each far from the first, or where the first is. */
const many = (shift: number, apart = 1000) =>
  draws(
    [2, 30, 1],
    noise.map(
      (_, i) => (noise[(i % 15) + 15 * Math.floor(i / 30)] ?? 0) + shift + (i % 30 < 15 || apart === 10 ? 0 : apart),
    ),
  );

/** Numbers ten apart: three of four have a trained one beside them that is nearer than the other real one. */
const tens = (of: (i: number) => number) => noise.map((_, i) => 10 * i + of(i));
const nearTrained = {
  features: prepareRows({ shape: [60, 1], data: tens(() => 0) }, 1),
  real: prepareRows({ shape: [60, 1], data: tens(() => 2) }, 1),
  trained: { shape: [60, 1], data: tens((i) => (i < 45 ? 1 : 4)) },
};

/** All samples in one place, endlessly far from the teacher's sixty. */
const twice = [...noise, ...noise];
const far = {
  tokens: draws(
    [2, 60, 1],
    twice.map(() => 1e6),
  ),
  otherTokens: draws([2, 60, 1], twice),
};
const kernelOfSixty = (() => {
  const pairs = Array.from(noise).flatMap((a, i) => Array.from(noise.subarray(0, i), (b) => (a - b) ** 2));
  const sorted = pairs.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  const kernel = (square: number) =>
    [0.25, 0.5, 1, 2, 4].reduce((sum, f) => sum + Math.exp(-square / (2 * f * f * median)) / 5, 0);
  return pairs.reduce((sum, square) => sum + kernel(square), 0) / pairs.length;
})();

const known: readonly (readonly [string, string, MetricInputs, number])[] = [
  ['fd', 'of a shift is its square', shifted, 4],
  ['fd', 'of tokens is to the teacher’s other ones', { tokens: tokens(2), otherTokens: tokens(0) }, 2 * 4],
  ['fdGap', 'is what the teacher’s distance leaves', shifted, 4 - 1],
  ['fdRatio', 'is over the teacher’s distance', shifted, 4],
  ['fdToTeacher', 'is to the teacher from other noise', shifted, 9],
  ['kid', 'is the mean of the kernel over pairs', shifted, kernelDistance(numbers(2), numbers(0))],
  ['slicedW2', 'of a shift of numbers is the shift', shifted, 2],
  ['precision', 'of a copy is whole', copy, 1],
  ['precision', 'far away is nothing', { ...copy, features: features(100) }, 0],
  ['precision', 'is whole where samples are real ones', oneSided, 1],
  ['recall', 'is what of the real ones there is', oneSided, 0.5],
  ['recall', 'of a copy is whole', copy, 1],
  ['recall', 'far away is nothing', { ...copy, features: features(100) }, 0],
  ['density', 'of a copy has its own row more than five neighbours', copy, 6 / 5],
  ['coverage', 'of a copy is whole', copy, 1],
  ['coverage', 'is what of the real ones there is', oneSided, 0.5],
  [
    'energyDistance',
    'of two points is twice their distance',
    { tokens: tokens(1, 0), otherTokens: tokens(0, 0) },
    8 ** 0.5,
  ],
  [
    'energyToOwn',
    'is to the system’s own samples, not to the teacher’s',
    { tokens: tokens(1, 0), otherTokens: tokens(1, 0), ownTokens: tokens(0, 0) },
    8 ** 0.5,
  ],
  ['memorisation', 'is the share nearer to trained images', nearTrained, 0.75],
  ['contextMmd', 'of points far from spread is its own kernel and theirs', far, 1 + kernelOfSixty],
  [
    'contextSlicedW2',
    'of numbers is the root mean square between sorted ones, a mean over contexts',
    { tokens: draws([2, 3, 1], [1, 2, 3, 0, 0, 0]), otherTokens: draws([2, 3, 1], [4, 3, 2, 0, 0, 9]) },
    (1 + 27 ** 0.5) / 2,
  ],
  ['contextPrecision', 'of a copy is whole', { tokens: many(0), otherTokens: many(0) }, 1],
  ['contextPrecision', 'far away is nothing', { tokens: many(100), otherTokens: many(0) }, 0],
  ['contextRecall', 'is what of the teacher’s there is', { tokens: many(0, 10), otherTokens: many(0) }, 0.5],
  ['dispersion', 'of draws twice as far apart is four', { tokens: tokens(1, 2), otherTokens: tokens(0) }, 4],
  ['dispersionWithoutBlank', 'sees no blank contexts', half, 4],
  ['endpointError', 'is the squared distance of pairs', { tokens: tokens(3), pairedTokens: tokens(0) }, 2 * 9],
  [
    'selfConsistency',
    'is the squared distance to its own halves',
    { tokens: tokens(3), halvedTokens: tokens(0) },
    2 * 9,
  ],
  [
    'accuracy',
    'is the share of labels',
    { classes: Int32Array.of(1, 2, 3, 3), labels: Int32Array.of(1, 2, 3, 4) },
    0.75,
  ],
];

describe('a metric', () => {
  it.each(known)('%s %s', (name, _, inputs, value) => {
    const quality: Readonly<Record<string, { readonly value: number }>> = measured(inputs, metrics);
    expect(quality[name]?.value).toBeCloseTo(value, 4);
  });

  it('has a known answer here or a test of its own', () => {
    const tested = new Set([...known.map(([name]) => name), ...readdirSync(import.meta.dirname)]);
    const testOf = (name: string) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.test.ts`;
    for (const { name } of metrics) expect(tested.has(name) || tested.has(testOf(name)), name).toBe(true);
  });
});
