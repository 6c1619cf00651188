import { describe, expect, it } from 'vitest';
import { mostSearched, searchTimes } from '../../../src/heads/solver/search-times.ts';

/** Where Euler's method takes a unit of noise on the exact flow to N(0, std²), whose own end is std. */
function eulerEnd(times: readonly number[], std: number): number {
  let x = 1;
  for (let i = 1; i < times.length; i++) {
    const [s = 0, t = 1] = [times[i - 1], times[i]];
    x += ((t - s) * (s * std ** 2 - (1 - s)) * x) / ((1 - s) ** 2 + (s * std) ** 2);
  }
  return x;
}

/** The error of Euler on that flow, and how often it was asked for. */
function gaussian(std: number) {
  const asked: string[] = [];
  const errorOf = async (times: readonly number[]): Promise<number> => {
    asked.push(times.join());
    return Math.abs(eulerEnd(times, std) - std);
  };
  return { asked, errorOf };
}

const grid = Array.from({ length: 31 }, (_, i) => (i + 1) / 32);

describe('searched times', () => {
  it.each([0.1, 0.5, 2, 5])(
    'of two Euler steps to N(0, %s²) are the best of the grid, next to the best of all',
    async (std) => {
      const { times, error, equal } = await searchTimes(2, gaussian(std).errorOf);
      const middle = times[1] ?? Number.NaN;
      expect(times).toEqual([0, middle, 1]);
      const at = (time: number): number => Math.abs(eulerEnd([0, time, 1], std) - std);
      expect(error).toBe(Math.min(...grid.map(at)));
      expect([error, equal]).toEqual([at(middle), at(0.5)]);
      // x1 = std·ab/(a² + b²) with a = 1 − t and b = std·t: at most std/2, where a = b
      expect(Math.abs(middle - 1 / (1 + std))).toBeLessThanOrEqual(1 / 32);
    },
  );

  it.each([3, 4])('of %s Euler steps leave no single move on the grid that is better', async (steps) => {
    const { errorOf, asked } = gaussian(2);
    const { times, error, equal } = await searchTimes(steps, errorOf);
    expect(error).toBeLessThan(0.9 * equal);
    for (let i = 1; i < steps; i++)
      for (const time of grid)
        if (time > (times[i - 1] ?? 0) && time < (times[i + 1] ?? 0))
          expect(Math.abs(eulerEnd(times.with(i, time), 2) - 2)).toBeGreaterThanOrEqual(error);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(mostSearched(steps));
  });

  it('find where each time is best on its own, from equal ones that are no times of the grid', async () => {
    const aim = [0, 3 / 32, 1 / 4, 1];
    const errorOf = async (times: readonly number[]): Promise<number> =>
      times.reduce((sum, time, i) => sum + Math.abs(time - (aim[i] ?? 0)), 0);
    expect(await searchTimes(3, errorOf)).toMatchObject({ times: aim, error: 0 });
  });

  it('stay equal where no others are better, at the cost of one round', async () => {
    for (const steps of [1, 2, 4, 32, 64]) {
      let asked = 0;
      const found = await searchTimes(steps, async () => {
        asked++;
        return 3;
      });
      expect(found).toEqual({ times: Array.from({ length: steps + 1 }, (_, i) => i / steps), error: 3, equal: 3 });
      expect(asked).toBeLessThanOrEqual(mostSearched(steps));
    }
  });

  it('end after three rounds, though a fourth would find better ones', async () => {
    const { errorOf, asked } = gaussian(2);
    const { times, error, equal } = await searchTimes(8, errorOf);
    expect(error).toBeLessThan(0.9 * equal);
    expect(asked.length).toBeLessThanOrEqual(mostSearched(8));
    const nexts = grid.filter((time) => time > (times[4] ?? 0) && time < (times[6] ?? 0));
    const better = nexts.map((time) => Math.abs(eulerEnd(times.with(5, time), 2) - 2));
    expect(Math.min(...better)).toBeLessThan(error);
  });
});
