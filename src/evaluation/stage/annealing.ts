import type { HostTensor } from '../../ground/host-tensor.ts';
import { mapParts } from '../../heads/context.ts';
import { zeros } from '../../heads/network/initial.ts';
import { rowsAt } from '../../teachers/solve/chunk.ts';
import type { FreshNoise, HeadSampler, SampleInput } from './head-sampler.ts';

/**
 * Step counts that change along an image, evenly from its first token to its last and rounded: later tokens are told more
 * by the tokens before them and need fewer (DiSA, arXiv 2505.20297).
 */
export interface Annealing {
  readonly from: number;
  readonly to: number;
}

/** The step counts of all tokens of an image [L], in their order. */
export const annealedCounts = ({ from, to }: Annealing, tokens: number): number[] =>
  Array.from({ length: tokens }, (_, i) => Math.round(from + ((to - from) * i) / Math.max(1, tokens - 1)));

/**
 * A head that takes `counts[position]` steps for the token at a position; `open` gives it at a fixed count. Throws
 * RangeError where a token has no position or none of the counts'.
 */
export async function annealedSampler(
  counts: readonly number[],
  open: (steps: number) => Promise<HeadSampler>,
): Promise<HeadSampler> {
  const samplers = new Map<number, HeadSampler>();
  const dispose = async (): Promise<void> => {
    for (const sampler of samplers.values()) await sampler.dispose();
  };
  try {
    for (const count of new Set(counts)) samplers.set(count, await open(count));
  } catch (error) {
    await dispose();
    throw error;
  }
  const samplerAt = (position: number): HeadSampler => {
    const sampler = samplers.get(counts[position] ?? 0);
    if (sampler === undefined) throw new RangeError(`no step count for a token at position ${position}`);
    return sampler;
  };
  return {
    nfe: counts.reduce((sum, _, position) => sum + samplerAt(position).nfe, 0) / counts.length,
    dispose,
    run: async ({ position, fresh, ...input }) => {
      const groups = new Map<HeadSampler, number[]>();
      for (const row of input.w.data.keys()) {
        const sampler = samplerAt(position?.data[row] ?? -1);
        const group = groups.get(sampler) ?? [];
        group.push(row);
        groups.set(sampler, group);
      }
      const [[sampler] = []] = groups;
      if (groups.size === 1 && sampler !== undefined)
        return sampler.run({ ...input, ...(fresh && { fresh: freshAmong(counts, fresh) }) });
      const samples = zeros(input.noise.shape);
      for (const [sampler, rows] of groups) {
        const { data } = await sampler.run(inputRows(input, rows));
        const size = data.length / rows.length;
        for (const [i, row] of rows.entries()) samples.data.set(data.subarray(i * size, (i + 1) * size), row * size);
      }
      return samples;
    },
  };
}

/** The calls of the head that a call goes to: those at the places of the same step count. */
function freshAmong(counts: readonly number[], fresh: FreshNoise): FreshNoise {
  const places = [...counts.keys()].filter((place) => counts[place] === counts[fresh.place]);
  return { ...fresh, place: places.indexOf(fresh.place), places: places.length };
}

/** Some rows of an input. */
const inputRows = (
  { noise, ...context }: Omit<SampleInput, 'position' | 'fresh'>,
  rows: readonly number[],
): SampleInput => ({
  ...mapParts<HostTensor<Float32Array>, HostTensor<Float32Array>>(context, (tensor) => rowsAt(tensor, rows)),
  noise: rowsAt(noise, rows),
});
