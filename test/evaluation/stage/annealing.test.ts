import { describe, expect, it } from 'vitest';
import { annealedCounts, annealedSampler } from '../../../src/evaluation/stage/annealing.ts';
import type { FreshNoise, HeadSampler } from '../../../src/evaluation/stage/head-sampler.ts';

describe('annealed step counts', () => {
  it.each([
    [{ from: 4, to: 1 }, 7, [4, 4, 3, 3, 2, 2, 1]],
    [{ from: 1, to: 3 }, 3, [1, 2, 3]],
    [{ from: 8, to: 2 }, 2, [8, 2]],
    [{ from: 5, to: 1 }, 1, [5]],
  ])('%o go evenly over %i tokens', (annealing, tokens, counts) => {
    expect(annealedCounts(annealing, tokens)).toEqual(counts);
  });
});

/** A head that adds its step count, and what it was asked. */
function counting(asked: [steps: number, rows: number][], freed: number[]) {
  return async (steps: number): Promise<HeadSampler> => ({
    nfe: 2 * steps,
    dispose: async () => void freed.push(steps),
    run: async ({ noise, conditional, w }) => {
      asked.push([steps, w.data.length]);
      const size = noise.data.length / w.data.length;
      const data = noise.data.map((z, i) => z + 100 * steps + (conditional.data[Math.floor(i / size)] ?? Number.NaN));
      return { shape: noise.shape, data };
    },
  });
}

const input = (positions: readonly number[]) => {
  const rows = positions.length;
  const state = { shape: [rows, 1], data: Float32Array.from(positions, (_, i) => 10 * i) };
  return {
    ...{ conditional: state, unconditional: state, w: { shape: [rows], data: new Float32Array(rows) } },
    noise: { shape: [rows, 2, 1], data: Float32Array.from({ length: 2 * rows }, (_, i) => i) },
    position: { shape: [rows], data: Int32Array.from(positions) },
  };
};

describe('an annealed sampler', () => {
  it('takes the steps of each token’s place, every row with its own context and noise', async () => {
    const asked: [number, number][] = [];
    const freed: number[] = [];
    const sampler = await annealedSampler([3, 1, 1], counting(asked, freed));
    const { shape, data } = await sampler.run(input([1, 0, 2, 0]));
    expect(shape).toEqual([4, 2, 1]);
    expect([...data]).toEqual([100, 101, 312, 313, 124, 125, 336, 337]);
    expect(asked).toEqual([
      [1, 2],
      [3, 2],
    ]);
    expect(sampler.nfe).toBeCloseTo((6 + 2 + 2) / 3);
    await sampler.dispose();
    expect(freed).toEqual([3, 1]);
  });

  it('tells each head which of its own calls for a batch of images it is', async () => {
    const told: [steps: number, fresh: FreshNoise | undefined][] = [];
    const open = async (steps: number): Promise<HeadSampler> => ({
      nfe: steps,
      dispose: async () => {},
      run: async ({ noise, fresh }) => {
        told.push([steps, fresh]);
        return noise;
      },
    });
    const sampler = await annealedSampler([4, 3, 3, 1], open);
    for (const place of [0, 1, 2, 3]) {
      const fresh = { batch: 5, rows: 2, place, places: 4 };
      await sampler.run({ ...input([place, place, place]), fresh });
    }
    const batch = { batch: 5, rows: 2 };
    expect(told).toEqual([
      [4, { ...batch, place: 0, places: 1 }],
      [3, { ...batch, place: 0, places: 2 }],
      [3, { ...batch, place: 1, places: 2 }],
      [1, { ...batch, place: 0, places: 1 }],
    ]);
  });

  it('refuses a token that has no place among the counts', async () => {
    const sampler = await annealedSampler([2, 1], counting([], []));
    await expect(sampler.run(input([2]))).rejects.toThrow('no step count for a token at position 2');
  });

  it('frees what it opened where another head cannot be opened', async () => {
    const freed: number[] = [];
    const open = counting([], freed);
    const failing = (steps: number) => (steps === 1 ? Promise.reject(new Error('no such head')) : open(steps));
    await expect(annealedSampler([3, 1], failing)).rejects.toThrow('no such head');
    expect(freed).toEqual([3]);
  });
});
