import { describe, expect, it } from 'vitest';
import { shuffledEpochs } from '../../../src/ground/random/epochs.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const walk = (rows: number, from: number, length: number, ...key: (string | number)[]): number[] => {
  const rowAt = shuffledEpochs(rows, ...key);
  return Array.from({ length }, (_, i) => rowAt(from + i));
};

describe('an endless walk over rows', () => {
  it('visits every row once an epoch, in an order of that epoch', () => {
    const epochs = [0, 1, 2].map((epoch) => walk(7, 7 * epoch, 7, 'rows', 3));
    for (const epoch of epochs) expect(epoch.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(new Set(epochs.map(String)).size).toBe(3);
    expect(epochs[1]).toEqual([...stream('rows', 3, 1).permutation(7)]);
  });

  it('is the same from any place on, and another for another key', () => {
    expect(walk(5, 12, 9, 'rows', 1)).toEqual(walk(5, 0, 21, 'rows', 1).slice(12));
    expect(walk(50, 0, 50, 'rows', 2)).not.toEqual(walk(50, 0, 50, 'rows', 1));
  });
});
