import { describe, expect, it } from 'vitest';
import { type Nearest, neighbourhood, radiiWithin } from '../../../src/evaluation/statistics/neighbours.ts';
import type { Rows } from '../../../src/evaluation/statistics/rows.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { gaussianRows } from './gaussian-rows.ts';

const line = (...places: number[]): Rows => ({ shape: [places.length, 1], data: Float32Array.from(places) });

/** Of [0, 1, 3, 7, 20], the two nearest others of each. */
const nearest = neighbourhood(line(0, 1, 3, 7, 20), line(0, 100), 2).samples;

describe('neighbours', () => {
  it('are listed in ascending order', () => {
    expect([...nearest.places]).toEqual([1, 2, 0, 2, 1, 0, 2, 1, 3, 2]);
    expect([...nearest.squares]).toEqual([1, 9, 1, 4, 4, 9, 16, 36, 169, 289]);
    expect([...nearest.bounds]).toEqual([9, 4, 9, 36, 289]);
  });

  it('reach no further than there are rows, and then have no bound', () => {
    const all = neighbourhood(line(0, 1, 3), line(0, 1), 9).samples;
    expect([all.reach, ...all.places]).toEqual([2, 1, 2, 0, 2, 1, 0]);
    expect([...all.bounds]).toEqual(Array.from({ length: 3 }, () => Number.POSITIVE_INFINITY));
  });

  it('inside a part are found along the lists', () => {
    expect([...(radiiWithin(nearest, Uint8Array.of(1, 0, 1, 1, 0), 1) ?? [])]).toEqual([9, 0, 9, 16, 0]);
  });

  it('of a list that is too short are not known', () => {
    expect(radiiWithin(nearest, Uint8Array.of(1, 0, 1, 0, 1), 2)).toBeUndefined();
  });

  it('are those of a search through all rows', () => {
    const rows = gaussianRows(60, 3, 'searched');
    const inside = stream('inside', 1)
      .uniform(60)
      .reduce((flags, value, row) => flags.fill(value < 0.5 ? 1 : 0, row, row + 1), new Uint8Array(60));
    const square = (a: number, b: number): number =>
      [0, 1, 2].reduce((sum, i) => sum + ((rows.data[3 * a + i] ?? 0) - (rows.data[3 * b + i] ?? 0)) ** 2, 0);
    const expected = Array.from(inside, (flag, row) => {
      const others = [...inside.keys()].filter((other) => other !== row && inside[other] === 1);
      return flag === 1 ? others.map((other) => square(row, other)).sort((a, b) => a - b)[2] : 0;
    });
    expect([...(radiiWithin(neighbourhood(rows, rows, 30).samples, inside, 3) ?? [])]).toEqual(expected);
  });
});

describe('pairs of two sets', () => {
  const pairsOf = (a: Rows, b: Rows, reach: number): number[][] => {
    const { pairs } = neighbourhood(a, b, reach);
    return [...pairs.starts.subarray(1)].map((end, i) => [...pairs.columns.subarray(pairs.starts[i], end)]);
  };

  it('are those that either list reaches', () => {
    // lists reach 1, 1, 9 from 0, 1, 10 and 1, 1, 1 from 2, 3, 18.5, 19.5
    expect(pairsOf(line(0, 1, 10), line(2, 3, 18.5, 19.5), 1)).toEqual([[], [0], [0, 1, 2]]);
    // the other way round the longer reach is the reference's
    expect(pairsOf(line(2, 3, 18.5, 19.5), line(0, 1, 10), 1)).toEqual([[1, 2], [2], [2], []]);
  });

  it('are all where the lists hold all rows', () => {
    expect(pairsOf(line(0, 1), line(50, 90, 91), 5)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  it('carry their squared distances', () => {
    const { pairs, reference } = neighbourhood(line(0, 4), line(1, 3), 1);
    expect([...pairs.squares]).toEqual([1, 9, 9, 1]);
    const { bounds }: Nearest = reference;
    expect(bounds).toHaveLength(2);
  });
});
