import { expect, it } from 'vitest';
import { smoothed } from '../../../src/report/figure/loss.ts';

it('leaves a geometric decay as it is, away from the ends: no lag', () => {
  const decay = Array.from({ length: 21 }, (_, step) => 0.9 ** step);
  expect(smoothed(decay, 3)[10]).toBeCloseTo(0.9 ** 10, 10);
});

it('is the geometric mean of what is in reach', () => {
  expect(smoothed([1, 100], 1)).toEqual([expect.closeTo(10), expect.closeTo(10)]);
  expect(smoothed([1, 100, 1], 0)).toEqual([expect.closeTo(1), expect.closeTo(100), expect.closeTo(1)]);
});
