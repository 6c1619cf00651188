import { expect, it } from 'vitest';
import { type Halves, halfSample } from '../../../src/evaluation/statistics/half-sampling.ts';

const placesIn = (half: Uint8Array | undefined): number[] =>
  [...(half ?? [])].flatMap((inside, place) => (inside === 1 ? [place] : []));

it('each split is a half of every set and the other one, clusters whole, 40 times', () => {
  const seen: Halves[] = [];
  halfSample([12, 9], { seed: 1, cluster: 3 }, (halves) => {
    seen.push(halves);
    return [];
  });
  expect(seen).toHaveLength(80);
  for (const [index, halves] of seen.entries()) {
    // of four clusters two, of three clusters two and then one
    expect(halves.map((half) => placesIn(half).length)).toEqual(index % 2 === 0 ? [6, 6] : [6, 3]);
    for (const half of halves)
      for (const [place, inside] of half.entries()) expect(inside).toBe(half[place - (place % 3)]);
    const [one, other] = [seen[index - (index % 2)], seen[index - (index % 2) + 1]];
    for (const [set, half] of (one ?? []).entries())
      expect(half.map((inside, place) => inside + (other?.[set]?.[place] ?? 0)).every((sum) => sum === 1)).toBe(true);
  }
  expect(new Set(seen.map(String)).size).toBeGreaterThan(6);
});

it('tells the mean over halves, and the variance of half their difference and of their mean', () => {
  const pairs: [number, number][] = [];
  const found: number[] = [];
  const squares = Float64Array.from({ length: 10 }, (_, i) => i * i);
  const [, half] = halfSample([10], { seed: 3 }, ([inside]) => {
    const mean = placesIn(inside).reduce((sum, place) => sum + (squares[place] ?? 0), 0) / 5;
    found.push(mean * mean);
    if (found.length % 2 === 0) pairs.push([found.at(-2) ?? 0, found.at(-1) ?? 0]);
    return [7, mean * mean];
  });
  const of = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const mean = of(pairs.map(([a, b]) => (a + b) / 2)) / 40;
  expect(half?.mean).toBeCloseTo(mean, 9);
  expect(half?.difference).toBeCloseTo(of(pairs.map(([a, b]) => ((a - b) / 2) ** 2)) / 40, 9);
  expect(half?.quadratic).toBeCloseTo(of(pairs.map(([a, b]) => ((a + b) / 2 - mean) ** 2)) / 39, 9);
});
