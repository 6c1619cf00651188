import { uniformTimes } from './solver.ts';

/**
 * Times are searched among the multiples of 1/32: those of caches that keep 2, 4, 8, 16 or 32 steps, and finer ones, which
 * are taken where they are measured to be better.
 */
const GRID = 32;

/** Rounds over all times. */
const ROUNDS = 3;

/** What a search found: times from 0 to 1, their error, and that of equal steps. */
export interface SearchedTimes {
  readonly times: readonly number[];
  readonly error: number;
  readonly equal: number;
}

/**
 * Times for `steps` steps from 0 to 1 by coordinate descent on `errorOf`: from equal steps on, each inner time in turn moves
 * to that time of the grid between its neighbours where the error is the least, round after round. What is found is never
 * worse than equal steps; no times are asked for twice, so that a round that moves none costs nothing.
 */
export async function searchTimes(
  steps: number,
  errorOf: (times: readonly number[]) => Promise<number>,
): Promise<SearchedTimes> {
  const known = new Map<string, number>();
  const measure = async (times: readonly number[]): Promise<number> => {
    const key = times.join();
    const error = known.get(key) ?? (await errorOf(times));
    known.set(key, error);
    return error;
  };
  let times: readonly number[] = [...uniformTimes(steps)];
  const equal = await measure(times);
  let error = equal;
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 1; i < steps; i++)
      for (const time of gridBetween(times[i - 1] ?? 0, times[i + 1] ?? 1)) {
        const moved = times.with(i, time);
        const found = await measure(moved);
        if (found < error) [times, error] = [moved, found];
      }
  return { times, error, equal };
}

/** The most times that a search asks for: in a round every time of the grid twice, as each lies between two neighbours. */
export function mostSearched(steps: number): number {
  if (steps === 1) return 1;
  return steps === 2 ? GRID : 1 + ROUNDS * 2 * (GRID - 1);
}

/** The times of the grid strictly between two times. */
const gridBetween = (from: number, to: number): number[] =>
  Array.from({ length: GRID - 1 }, (_, i) => (i + 1) / GRID).filter((time) => time > from && time < to);
