import { expect, it } from 'vitest';
import { fill, layoutOf, rangesOf, views } from '../../../src/engine/training/arena.ts';

const tensor = (...shape: readonly number[]) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => i + 1) };
};
const parameters = { c: tensor(4, 4), b: tensor(17), a: tensor(3), d: tensor(2, 3) };
const layout = layoutOf(parameters);

it('tensors lie in the order of their names, each at the start of a cache line of 16 numbers', () => {
  expect(layout.slots).toEqual([
    { name: 'a', shape: [3], offset: 0, size: 3 },
    { name: 'b', shape: [17], offset: 16, size: 17 },
    { name: 'c', shape: [4, 4], offset: 48, size: 16 },
    { name: 'd', shape: [2, 3], offset: 64, size: 6 },
  ]);
  expect(layout.size).toBe(80);
});

it('what is filled in is seen by name, and nothing lies between', () => {
  const region = new Float32Array(layout.size);
  fill(layout, region, parameters);
  expect(views(layout, region)).toEqual(parameters);
  expect(region.reduce((sum, value) => sum + value, 0)).toBe(6 + 153 + 136 + 21);
});

it('the ranges of some tensors are as few as they can be, with the zeros behind them', () => {
  const of = (names: string) => rangesOf(layout.slots.filter(({ name }) => names.includes(name)));
  expect(of('abcd')).toEqual([{ offset: 0, size: 80 }]);
  expect(of('acd')).toEqual([
    { offset: 0, size: 16 },
    { offset: 48, size: 32 },
  ]);
  expect(of('')).toEqual([]);
});
