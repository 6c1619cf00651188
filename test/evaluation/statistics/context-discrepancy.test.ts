import { expect, it } from 'vitest';
import { contextDiscrepancy } from '../../../src/evaluation/statistics/context-discrepancy.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const normal = (key: string, [contexts = 0, draws = 0, size = 0]: readonly number[], shift = 0) => ({
  shape: [contexts, draws, size],
  data: stream('context-discrepancy', key)
    .normal(contexts * draws * size)
    .map((z) => z + shift),
});

it('is the unbiased mean of kernels about the median distance, one context at a time', () => {
  const [x, y] = [normal('x', [2, 3, 1], 1), normal('y', [2, 4, 1])];
  const value = (context: number): number => {
    const a = [...x.data.subarray(3 * context, 3 * context + 3)];
    const b = [...y.data.subarray(4 * context, 4 * context + 4)];
    const distances = b.flatMap((p, i) => b.slice(0, i).map((q) => Math.abs(p - q))).sort((p, q) => p - q);
    const squares = distances.map((d) => d * d);
    const median = Math.sqrt(((squares[2] ?? 0) + (squares[3] ?? 0)) / 2);
    const kernel = (p: number, q: number) =>
      [0.25, 0.5, 1, 2, 4].reduce((sum, f) => sum + Math.exp(-((p - q) ** 2) / (2 * (f * median) ** 2)) / 5, 0);
    const own = (points: number[]) =>
      points.reduce((sum, p, i) => sum + points.reduce((part, q, j) => part + (i === j ? 0 : kernel(p, q)), 0), 0) /
      (points.length * (points.length - 1));
    const across = a.reduce((sum, p) => sum + b.reduce((part, q) => part + kernel(p, q), 0), 0) / 12;
    return own(a) + own(b) - 2 * across;
  };
  expect(contextDiscrepancy(x, y)?.value).toBeCloseTo((value(0) + value(1)) / 2, 6);
});

it('has zero within its interval for equal distributions, and grows with a shift', () => {
  const shape = [64, 40, 3];
  const same = contextDiscrepancy(normal('same', shape), normal('y', shape));
  expect(same?.low).toBeLessThan(0);
  expect(same?.high).toBeGreaterThan(0);
  expect(contextDiscrepancy(normal('same', shape, 0.5), normal('y', shape))?.low).toBeGreaterThan(0.01);
});

it('leaves contexts without spread out', () => {
  const still = { shape: [2, 4, 1], data: Float32Array.of(1, 1, 1, 1, 0.1, 0.2, 0.4, 0.7) };
  const other = { shape: [2, 4, 1], data: Float32Array.of(9, 8, 7, 6, 0.1, 0.2, 0.4, 0.7) };
  const second = (draws: typeof still) => ({ shape: [1, 4, 1], data: draws.data.subarray(4) });
  expect(contextDiscrepancy(other, still)?.value).toBeCloseTo(
    contextDiscrepancy(second(other), second(still))?.value ?? 9,
    10,
  );
  const all = { shape: [1, 4, 1], data: still.data.subarray(0, 4) };
  expect(contextDiscrepancy(all, all)).toBeUndefined();
});
