import { expect, it } from 'vitest';
import { byContext } from '../../../src/evaluation/breakdown/by-context.ts';
import { energyDistances } from '../../../src/evaluation/statistics/energy-distance.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const [contexts, draws, size] = [6, 100, 3];
const normal = (key: string) => stream('by-context', key).normal(contexts * draws * size);
const position = { shape: [contexts], data: Int32Array.from([5, 4, 3, 2, 1, 0]) };
const shape = [contexts, draws, size];
/** The teacher varies most along the last dimension, then along the first. */
const teacher = { shape, data: normal('teacher').map((z, i) => z * ([2, 0.1, 9][i % size] ?? 0)) };
/** Right but for contexts 4 and 1. */
const shifts: Record<number, number> = { 4: 7, 1: 3 };
const samples = {
  shape,
  data: normal('samples').map(
    (z, i) => z * ([2, 0.1, 9][i % size] ?? 0) + (shifts[Math.floor(i / (draws * size))] ?? 0),
  ),
};

it('has the distance of every context, five digits each, and their places', () => {
  const found = byContext(samples, teacher, position);
  expect(found.position).toEqual([5, 4, 3, 2, 1, 0]);
  expect(found.energyDistance).toEqual(
    Array.from(energyDistances(samples, teacher), (value) => Number(value.toPrecision(5))),
  );
});

it('draws the worst contexts, those first, on the axes along which the teacher varies most', () => {
  const { worst } = byContext(samples, teacher, position);
  expect(worst.map(({ context }) => context).slice(0, 2)).toEqual([4, 1]);
  const [first] = worst;
  expect(first?.samples).toHaveLength(32);
  const spread = (axis: 0 | 1): number => {
    const values = first?.teacher.map((point) => point[axis]) ?? [];
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  expect(spread(0)).toBeGreaterThan(6);
  expect(spread(0)).toBeLessThan(12);
  expect(spread(1)).toBeGreaterThan(1.5);
  expect(spread(1)).toBeLessThan(2.5);
  const centre = Math.abs((first?.samples ?? []).reduce((sum, [, y]) => sum + y / 32, 0));
  expect(centre).toBeGreaterThan(6); // the shift along the first dimension, about the teacher’s mean
});

it('puts draws of one dimension on one axis', () => {
  const flat = { shape: [contexts, draws * size, 1], data: teacher.data };
  const { worst } = byContext({ ...flat, data: samples.data }, flat, position);
  expect(worst[0]?.teacher.every(([, y]) => y === 0)).toBe(true);
});
