import { expect, it } from 'vitest';
import { floorOverSeeds, meanOverSeeds } from '../../../src/evaluation/command/over-seeds.ts';

const plain = (value: number) => ({ value, low: value, high: value });

it('numbers over seeds have the interval of Student’s t', () => {
  const { value, low, high } = meanOverSeeds([1, 2, 6].map(plain)); // s² = 7, t of 2 degrees of freedom 4.302653
  expect(value).toBe(3);
  expect(high - 3).toBeCloseTo(4.302653 * Math.sqrt(7 / 3), 5);
  expect(3 - low).toBeCloseTo(high - 3, 12);
});

it('no narrower than the intervals that they came with, each side for itself', () => {
  const own = [
    { value: 1, low: 0.5, high: 11 },
    { value: 1, low: 0.7, high: 31 },
    { value: 1.3, low: 1.3, high: 1.3 },
  ];
  const { low, high } = meanOverSeeds(own); // half as wide by t: 0.43
  expect(low).toBeCloseTo(1.1 - 4.302653 * 0.1, 5);
  expect(high).toBeCloseTo(1.1 + 40 / 3, 12);
});

it('the floor is where the mean of as many seeds of an equal head falls: √2 as wide', () => {
  const { value, low, high } = floorOverSeeds([1, 2, 6].map(plain));
  expect(value).toBe(3);
  expect(high - value).toBeCloseTo(4.302653 * Math.sqrt(14 / 3), 5);
  expect(value - low).toBeCloseTo(high - value, 12);
  expect(floorOverSeeds([4, 4, 4].map(plain))).toEqual(plain(4));
});
