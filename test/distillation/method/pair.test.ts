import { describe, expect, it } from 'vitest';
import type { CachedBatch } from '../../../src/distillation/method/method.ts';
import { drawPairs, pairSpecs } from '../../../src/distillation/method/pair.ts';
import { methodNamed } from '../../../src/distillation/method/table.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { exactPaths } from './exact-flow.ts';

function create(name: string, options: object = {}) {
  return methodNamed(name).create(options);
}

describe('pairs', () => {
  /** State g of draw k in context b holds 100·b + 10·g + k. */
  const labelled: CachedBatch = {
    contexts: 3,
    draws: 2,
    token: 1,
    grid: Float32Array.of(0, 0.25, 0.5, 1),
    state: (b, g) => Float32Array.of(100 * b + 10 * g, 100 * b + 10 * g + 1),
  };

  it('are the states and times at the chosen places of the grid', () => {
    const pair = drawPairs(labelled, (b) => [b, b === 0 ? 3 : b + 1]);
    expect(Object.fromEntries(Object.entries(pair).map(([name, { data }]) => [name, [...data]]))).toEqual({
      x_s: [0, 1, 110, 111, 220, 221],
      x_t: [30, 31, 120, 121, 230, 231],
      s: [0, 0.25, 0.5],
      t: [1, 0.5, 1],
    });
    const specs = pairSpecs({ contexts: 3, draws: 2, token: 1 });
    expect(Object.fromEntries(Object.entries(pair).map(([name, { shape }]) => [name, { shape }]))).toEqual(specs);
  });

  it('of rectified flow are the two ends of one draw’s path', () => {
    const { noise, data } = create('rectified-flow').draw(labelled, stream('ends'), 0);
    expect([...(noise?.data ?? [])]).toEqual([0, 1, 100, 101, 200, 201]);
    expect([...(data?.data ?? [])]).toEqual([30, 31, 130, 131, 230, 231]);
  });

  const many: CachedBatch = {
    ...exactPaths(),
    contexts: 4000,
    draws: 1,
    token: 1,
    state: () => new Float32Array(1),
  };
  const times = (name: string, options: object = {}, progress = 0): [number, number][] => {
    const { s, t } = create(name, options).draw(many, stream('times'), progress);
    return Array.from(s?.data ?? [], (from, b) => [8 * from, 8 * (t?.data[b] ?? 0)]);
  };

  const share = (drawn: readonly [number, number][], is: (from: number, to: number) => boolean): number =>
    drawn.filter(([from, to]) => is(from, to)).length / drawn.length;
  const isWhole = (from: number, to: number): boolean => from === 0 && to === 8;

  it('of trajectory regression go forward, start everywhere, and run from end to end as often as asked', () => {
    const drawn = times('trajectory', { endpoint: 0, even: 0 });
    expect(drawn.every(([from, to]) => to > from)).toBe(true);
    expect(new Set(drawn.map(([from, to]) => `${from}-${to}`)).size).toBe(36); // all pairs of nine states
    // 0.3 of the rest start at 0 (1/8) and go to the end (1/8)
    expect(share(times('trajectory', { endpoint: 0.7, even: 0 }), isWhole)).toBeCloseTo(0.7 + (0.3 * 1) / 64, 1.5);
    expect(times('trajectory', { endpoint: 1 })).toEqual(new Array(4000).fill([0, 8]));
  });

  it.each(['trajectory', 'mean-velocity', 'energy', 'drifting'])('of %s are steps of its samplers', (name) => {
    const drawn = times(name, { endpoint: 0, even: 1, counts: [2, 4] });
    const steps = { '0-4': 1 / 4, '4-8': 1 / 4, '0-2': 1 / 8, '2-4': 1 / 8, '4-6': 1 / 8, '6-8': 1 / 8 };
    for (const [step, expected] of Object.entries(steps))
      expect(share(drawn, (from, to) => `${from}-${to}` === step)).toBeCloseTo(expected, 1.5);
    expect(share(drawn, (from, to) => `${from}-${to}` in steps)).toBe(1);
    const usual = times(name);
    // a quarter from end to end, 9/16 steps, 3/16 any of which 1/64 is the whole and six more of 1/8·1/8 … 1/8·1/2 are steps
    expect(share(usual, isWhole)).toBeCloseTo(1 / 4 + 3 / 16 / 64, 1.5);
    expect(share(usual, (from, to) => `${from}-${to}` in steps || isWhole(from, to))).toBeGreaterThan(0.8);
    expect(new Set(usual.map(([from, to]) => `${from}-${to}`)).size).toBe(36);
  });

  it('of more steps than a path has intervals, or of other times, are at the cached times nearest', () => {
    const all = times('trajectory', { endpoint: 0, even: 1, counts: [64] });
    expect(all.every(([from, to]) => to === from + 1)).toBe(true);
    const thirds = times('trajectory', { endpoint: 0, even: 1, counts: [3] });
    expect([...new Set(thirds.map(([from, to]) => `${from}-${to}`))].sort()).toEqual(['0-3', '3-5', '5-8']);
  });

  it('of distilled rectified flow run from noise to data', () => {
    expect(times('rectified-flow-distilled')).toEqual(new Array(4000).fill([0, 8]));
  });
});
