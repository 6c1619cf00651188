/** Paths that are drawn from a cache, for what is searched or fitted on some of it. */
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { CachedBatch } from '../method/method.ts';
import type { ContextBatch, TrajectoryCache } from './cache.ts';

/** The most draws of a context among them. */
const DRAWS = 8;

/** How many paths of a cache are drawn, where `most` are wanted. */
export function drawnSizes(
  facts: TrajectoryCache['facts'],
  most: number,
): { readonly contexts: number; readonly draws: number } {
  const draws = Math.min(DRAWS, facts.draws);
  return { draws, contexts: Math.min(facts.contexts, Math.max(1, Math.floor(most / draws))) };
}

/** Paths of a cache, at most so many; the same of the same key. */
export function drawnPaths(
  cache: TrajectoryCache,
  key: readonly (string | number)[],
  most: number,
): Promise<ContextBatch> {
  const { contexts, draws } = drawnSizes(cache.facts, most);
  const order = stream(...key).permutation(cache.facts.contexts);
  return cache.batch(order.subarray(0, contexts), draws, 0);
}

/** The cached states of all contexts at a place of the grid [B, K, D]. */
export function statesAt(paths: CachedBatch, place: number): HostTensor<Float32Array> {
  const states = zeros([paths.contexts, paths.draws, paths.token]);
  for (let b = 0; b < paths.contexts; b++) states.data.set(paths.state(b, place), b * paths.draws * paths.token);
  return states;
}

/** The ends of the system's own sampler of all contexts [B, K', D]; of none where there are none. */
export function ownEndsOf({ contexts, token, ownEnds }: CachedBatch): HostTensor<Float32Array> {
  const { draws = 0, of } = ownEnds ?? {};
  const ends = zeros([contexts, draws, token]);
  for (let b = 0; of !== undefined && b < contexts; b++) ends.data.set(of(b), b * draws * token);
  return ends;
}
