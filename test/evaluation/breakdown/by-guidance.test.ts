import { expect, it } from 'vitest';
import { byGuidance } from '../../../src/evaluation/breakdown/by-guidance.ts';
import { energyDistance } from '../../../src/evaluation/statistics/energy-distance.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const shape = [8, 64, 2];
const at = (key: string, shift: number) => ({
  shape,
  data: stream('by-guidance', key)
    .normal(8 * 64 * 2)
    .map((z) => z + shift),
});
/** A teacher whose tokens move by the scale, and samples of the scales that are given. */
const teacher = new Map([1, 2, 3, 4].map((scale) => [scale, at('teacher', scale)] as const));
const samples = (of: Readonly<Record<number, number>>) =>
  new Map(Object.entries(of).map(([scale, shift]) => [Number(scale), at('samples', shift)] as const));

it('is nearest to the scale that the samples are of, whichever was asked for', () => {
  const found = byGuidance(samples({ 2: 4 }), teacher, 2);
  expect(found?.nearest.map(({ guidance }) => guidance)).toEqual([1, 2, 3, 4]);
  const distances = found?.nearest.map((one) => one.energyDistance.value) ?? [];
  expect(distances.indexOf(Math.min(...distances))).toBe(3);
  expect(distances[3]).toBeLessThan(0.1);
  expect(distances[1]).toBeGreaterThan(1);
});

it('compares the ends of the range with the teacher’s under the same scales', () => {
  const found = byGuidance(samples({ 1: 1, 2: 2, 4: 1 }), teacher, 2);
  expect(found?.ends).toEqual([
    { guidance: 1, energyDistance: energyDistance(at('samples', 1), at('teacher', 1)) },
    { guidance: 4, energyDistance: energyDistance(at('samples', 1), at('teacher', 4)) },
  ]);
});

it('responds as the teacher does, by a part, or not at all', () => {
  const response = (low: number, high: number) =>
    byGuidance(samples({ 1: low, 2: 2, 4: high }), teacher, 2)?.response ?? Number.NaN;
  expect(response(1, 4)).toBeCloseTo(1, 1);
  const energy = (...shifts: readonly [number, number]) =>
    energyDistance(at('samples', shifts[0]), at('samples', shifts[1]), { sharedNoise: true }).value;
  const theirs = energyDistance(at('teacher', 1), at('teacher', 4), { sharedNoise: true }).value;
  expect(response(2, 3)).toBeCloseTo(Math.sqrt(energy(2, 3) / theirs), 10);
  expect(response(2, 2.2) / response(2, 2.1)).toBeCloseTo(2, 1); // as far as they move, not its square
  expect(response(2, 2)).toBe(0);
});

it('is as the teacher’s where scales hardly differ and share their noise, which lowers a distance of sets that do not', () => {
  const [near, twice] = [
    new Map([
      [1, at('teacher', 1)],
      [2, at('teacher', 1.05)],
    ]),
    new Map([
      [1, at('samples', 1)],
      [2, at('samples', 1.05)],
    ]),
  ];
  expect(energyDistance(at('teacher', 1), at('teacher', 1.05)).value).toBeLessThan(0);
  expect(byGuidance(twice, near, 1)?.response).toBeCloseTo(1, 1);
});

it('is nothing where the teacher was sampled under one scale', () => {
  expect(byGuidance(samples({ 2: 2 }), new Map([[2, at('teacher', 2)]]), 2)).toBeUndefined();
  expect(byGuidance(samples({ 2: 2 }), teacher, 2)?.response).toBeUndefined();
});
