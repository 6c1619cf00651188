import { describe, expect, it } from 'vitest';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import { nearOne } from '../../../src/distillation/method/rectified-flow.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { exactPaths } from './exact-flow.ts';

function create(name: string, options: object = {}) {
  return methodNamed(name).create(options);
}

describe('the times of rectified flow', () => {
  it('near one have the density a·exp(a·t)/(exp(a) − 1)', () => {
    for (const [t, a] of [
      [0.2, 4],
      [0.9, 4],
      [0.5, 0.01],
    ] as const) {
      const below = Math.expm1(a * t) / Math.expm1(a); // the distribution function
      expect(nearOne(below, a)).toBeCloseTo(t, 10);
    }
    expect([nearOne(0, 4), nearOne(1, 4)]).toEqual([0, 1]);
    expect(nearOne(0.3, 0)).toBe(0.3);
  });

  it('are each context’s own: beside its side a place of its own', () => {
    const few: CachedBatch = { ...exactPaths(), contexts: 8, draws: 1, token: 1, state: () => new Float32Array(1) };
    const found = create('rectified-flow', { ends: 3 }).draw(few, stream('own times'), 0).t?.data;
    const random = stream('own times');
    const [sides, places] = [random.uniform(8), random.uniform(8)];
    const expected = Array.from(places, (place, b) => {
      const near = nearOne(place, 3);
      return (sides[b] ?? Number.NaN) < 0.5 ? near : 1 - near;
    });
    expect([...(found ?? [])]).toEqual(expected.map((t) => expect.closeTo(t, 6)));
  });

  it('gather at both ends alike', () => {
    const many: CachedBatch = { ...exactPaths(), contexts: 20_000, state: () => new Float32Array(6) };
    const drawn = Array.from(create('rectified-flow', { ends: 4 }).draw(many, stream('ends'), 0).t?.data ?? []);
    const share = (from: number, to: number): number => drawn.filter((t) => t >= from && t < to).length / drawn.length;
    const below = (t: number): number =>
      (Math.expm1(4 * t) / Math.expm1(4) + 1 - Math.expm1(4 * (1 - t)) / Math.expm1(4)) / 2;
    for (const [from, to] of [
      [0, 0.1],
      [0.1, 0.5],
      [0.5, 0.9],
      [0.9, 1.01],
    ] as const)
      expect(share(from, to)).toBeCloseTo(below(Math.min(1, to)) - below(from), 1.7);
  });
});
