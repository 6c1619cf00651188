import { describe, expect, it } from 'vitest';
import { acrossInteractions, withinInteractions } from '../../../src/evaluation/statistics/interaction.ts';

/** A symmetric table of one pair that does something together, the first, and a diagonal that must not count. */
const onePair = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, cell) => {
    const [i, j] = [Math.floor(cell / n), cell % n];
    if (i === j) return 7;
    return i + j === 1 ? 1 : 0;
  });
const close = (values: readonly number[], scale: number) => values.map((value) => expect.closeTo(scale * value, 12));

describe('what pairs of one set do together', () => {
  it('is the table less the means of both units, scaled so that its squares are unbiased', () => {
    // a pair: 1 − 2/(n − 2) + 2/((n − 1)(n − 2)); one of its units with a third: −1/(n − 2) + the same; two others: the same
    expect([...withinInteractions(onePair(4), 4)]).toEqual(
      close([1 / 3, -1 / 6, -1 / 6, -1 / 6, -1 / 6, 1 / 3], Math.sqrt(3)),
    );
    expect([...withinInteractions(onePair(5), 5)]).toEqual(
      close(
        [3, -1, -1, -1, -1, -1, -1, 1, 1, 1].map((value) => value / 6),
        Math.sqrt(2),
      ),
    );
  });

  it('is nothing where every pair does what its units do alone', () => {
    const own = [3, -1, 4, 1, -5];
    const table = Float64Array.from(
      { length: 25 },
      (_, cell) => (own[Math.floor(cell / 5)] ?? 0) + (own[cell % 5] ?? 0),
    );
    for (const value of withinInteractions(table, 5)) expect(value).toBeCloseTo(0, 12);
  });

  it('cannot be told from fewer than four units', () => {
    expect([...withinInteractions(onePair(3), 3)]).toEqual([0, 0, 0]);
  });
});

describe('what pairs of two sets do together', () => {
  it('is the table less the means of its rows and columns', () => {
    const sixths = [2, -1, -1, -2, 1, 1].map((value) => value / 6);
    expect([...acrossInteractions(Float64Array.of(1, 0, 0, 0, 0, 0), 2, 3)]).toEqual(close(sixths, Math.sqrt(6 / 2)));
  });

  it('is nothing for one unit, whose mean it is', () => {
    expect([...acrossInteractions(Float64Array.of(5, 2, 9), 1, 3)]).toEqual(close([0, 0, 0], 1));
  });
});
