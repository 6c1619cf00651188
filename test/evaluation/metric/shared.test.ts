import { describe, expect, it } from 'vitest';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { distance, neighbourhoods } from '../../../src/evaluation/metric/shared.ts';
import { gaussianRows } from '../statistics/gaussian-rows.ts';

const [a, b, c] = ['a', 'b', 'c'].map((key) => prepareRows(gaussianRows(30, 2, key), 1));

describe('what several metrics are parts of', () => {
  it.each([
    ['the distance', distance],
    ['neighbourhoods', neighbourhoods],
  ] as const)('is computed once for each pair of sets: %s', (_, compare) => {
    if (a === undefined || b === undefined || c === undefined) throw new Error('three sets');
    const found: unknown[] = [compare(a, b), compare(a, c), compare(b, a)];
    expect(new Set(found).size).toBe(3);
    expect([compare(a, b), compare(a, c), compare(b, a)].every((again, i) => again === found[i])).toBe(true);
  });

  it('is searched for neighbours among the first 2000 rows', () => {
    const rowsAt = (places: ReadonlySet<number>) => ({
      shape: [2001, 1],
      data: Float32Array.from({ length: 2001 }, (_, row) => (places.has(row) ? row / 1e4 : 1e6 + row)),
    });
    const near = prepareRows({ shape: [20, 1], data: Float32Array.from({ length: 20 }, (_, i) => i) }, 1);
    const share = (...places: number[]) =>
      neighbourhoods(prepareRows(rowsAt(new Set(places)), 1), near)?.precision.value;
    expect(share(1999, 2000)).toBe(1 / 2000);
  });
});
