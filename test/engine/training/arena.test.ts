import { expect, it } from 'vitest';
import { fill, layoutOf, rangesOf, views } from '../../../src/engine/training/arena.ts';
import { EngineError } from '../../../src/ground/errors.ts';

const tensor = (...shape: readonly number[]) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => i + 1) };
};
const parameters = { c: tensor(4, 4), b: tensor(17), a: tensor(3), d: tensor(2, 3) };
const layout = layoutOf(parameters);
const inThree = layoutOf(parameters, 32);

it('tensors lie in the order of their names, each at the start of a cache line of 16 numbers', () => {
  expect(layout.slots).toEqual([
    { name: 'a', shape: [3], memory: 0, offset: 0, size: 3 },
    { name: 'b', shape: [17], memory: 0, offset: 16, size: 17 },
    { name: 'c', shape: [4, 4], memory: 0, offset: 48, size: 16 },
    { name: 'd', shape: [2, 3], memory: 0, offset: 64, size: 6 },
  ]);
  expect(layout.sizes).toEqual([80]);
});

it('a tensor that a memory has no room for begins the next, and is whole in it', () => {
  expect(inThree.slots.map(({ name, memory, offset }) => [name, memory, offset])).toEqual([
    ['a', 0, 0],
    ['b', 1, 0],
    ['c', 2, 0],
    ['d', 2, 16],
  ]);
  expect(inThree.sizes).toEqual([16, 32, 32]);
  expect(layoutOf(parameters, 48).sizes).toEqual([48, 32]);
});

it('a tensor that no memory holds is an error', () => {
  expect(() => layoutOf(parameters, 16)).toThrow(
    'training: tensor b: expected at most 16 numbers, which is what one memory holds, got 17',
  );
  const large = { w: { shape: [20_000, 20_000], data: new Float32Array() } };
  expect(() => layoutOf(large)).toThrow(EngineError);
  expect(() => layoutOf(large)).toThrow('at most 214748352 numbers, which is what one memory holds, got 400000000');
});

it('what is filled in is seen by name, and nothing lies between', () => {
  for (const each of [layout, inThree]) {
    const region = each.sizes.map((size) => new Float32Array(size));
    fill(each, region, parameters);
    expect(views(each, region)).toEqual(parameters);
    const all = region.flatMap((part) => [...part]);
    expect(all.reduce((sum, value) => sum + value, 0)).toBe(6 + 153 + 136 + 21);
  }
});

it('the ranges of some tensors are as few as they can be, with the zeros behind them', () => {
  const of = (names: string) => rangesOf(layout.slots.filter(({ name }) => names.includes(name)));
  expect(of('abcd')).toEqual([{ memory: 0, offset: 0, size: 80 }]);
  expect(of('acd')).toEqual([
    { memory: 0, offset: 0, size: 16 },
    { memory: 0, offset: 48, size: 32 },
  ]);
  expect(of('')).toEqual([]);
  expect(rangesOf(inThree.slots)).toEqual([
    { memory: 0, offset: 0, size: 16 },
    { memory: 1, offset: 0, size: 32 },
    { memory: 2, offset: 0, size: 32 },
  ]);
  const [a, , c] = layoutOf({ a: tensor(32), b: tensor(32), c: tensor(16) }, 48).slots;
  expect(a && c && rangesOf([a, c])).toEqual([
    { memory: 0, offset: 0, size: 32 },
    { memory: 1, offset: 32, size: 16 },
  ]);
});
