import { describe, expect, it } from 'vitest';
import { pathEnergy } from '../../../src/evaluation/statistics/path-energy.ts';

/** Paths [contexts, times, 1, 1] of one number each. */
const paths = (...contexts: readonly (readonly number[])[]) => ({
  shape: [contexts.length, contexts[0]?.length ?? 0, 1, 1],
  data: Float32Array.from(contexts.flat()),
});

describe('path energy', () => {
  it('is 1 of straight paths at even speed, whatever their lengths and the times that were kept', () => {
    const found = pathEnergy(paths([0, 1, 4], [2, 0, -6]), [0, 0.25, 1]);
    expect(found?.energy).toEqual({ value: 1, low: 1, high: 1 });
    expect(found?.byInterval).toEqual([1, 1]);
  });

  it('counts a detour by its squared speed, and in its interval', () => {
    const found = pathEnergy(paths([0, 2, 2], [0, 2, 2]), [0, 0.5, 1]);
    expect(found?.energy.value).toBe(2); // all of the way in half of the time
    expect(found?.byInterval).toEqual([4, 0]);
  });

  it('weighs paths by the square of their length, over all draws and dimensions', () => {
    const states = { shape: [2, 2, 2, 2], data: Float32Array.from([0, 0, 0, 0, 3, 0, 0, 4, 1, 1, 1, 1, 1, 1, 1, 1]) };
    expect(pathEnergy(states, [0, 1])?.energy.value).toBe(1);
    const bent = pathEnergy(paths([0, 1, 2], [0, 2, 1]), [0, 0.5, 1]);
    expect(bent?.energy.value).toBeCloseTo((2 * (1 + 1) + 2 * (4 + 1)) / (4 + 1), 12);
  });

  it('is nothing of one context or where nothing moves, and refuses other shapes', () => {
    expect(pathEnergy(paths([0, 1]), [0, 1])).toBeUndefined();
    expect(pathEnergy(paths([1, 1], [2, 2]), [0, 1])).toBeUndefined();
    expect(() => pathEnergy(paths([0, 1], [0, 1]), [0, 0.5, 1])).toThrow(
      'states: expected [contexts, 3 times, draws, D], got [2, 2, 1, 1]',
    );
    expect(() => pathEnergy(paths([0, Number.NaN], [0, 1]), [0, 1])).toThrow('states');
  });
});
