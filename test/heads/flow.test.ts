import { describe, expect, it } from 'vitest';
import { drift, guide, guideThreeWays, interpolate } from '../../src/heads/flow.ts';
import { tensor, values } from '../eager.ts';

/** Two contexts with two draws of one number each. */
const two = (...numbers: readonly number[]) => tensor(numbers, [2, 2, 1]);

describe('the straight path', () => {
  it('runs from noise at 0 to data at 1, each context at its own time', () => {
    expect(values(() => interpolate(two(1, 2, 3, 4), two(5, 10, 7, 12), tensor([0.25, 1], [2])))).toEqual([
      2, 4, 7, 12,
    ]);
    expect(values(() => interpolate(two(1, 2, 3, 4), two(5, 10, 7, 12), tensor([0, 0.5], [2])))).toEqual([1, 2, 5, 8]);
  });

  it('drifts by the duration times the slope', () => {
    expect(values(() => drift(two(1, 2, 3, 4), two(10, 20, 30, 40), tensor([0.5, -0.1], [2])))).toEqual([
      6,
      12,
      expect.closeTo(0, 6),
      expect.closeTo(0, 6),
    ]);
  });
});

describe('guidance', () => {
  it('is none at w = 1, the unconditional slope at 0, and beyond the conditional one above 1', () => {
    const at = (w: number) => values(() => guide(two(3, 3, 3, 3), two(1, 1, 1, 1), tensor([w, w], [2])))[0];
    expect([at(0), at(1), at(2.5)]).toEqual([1, 3, 6]);
  });

  it('of three ways adds what the image gives and what the prompt gives beside it', () => {
    const slopes = { both: two(7, 7, 7, 7), image: two(4, 4, 4, 4), nothing: two(2, 2, 2, 2) };
    expect(values(() => guideThreeWays(slopes, tensor([3, 1], [2]), tensor([1.5, 1], [2])))).toEqual([14, 14, 7, 7]);
  });
});
