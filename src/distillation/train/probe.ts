import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { Probe } from '../../engine/training/watch.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { zeros } from '../../heads/network/initial.ts';
import { meanSquare } from '../method/distance.ts';
import { meanVelocity } from '../student/network.ts';
import { sample } from '../student/sampler/sample.ts';
import type { SamplerName } from '../student/sampler/table.ts';
import type { TrajectoryCache } from '../trajectory/cache.ts';
import type { batchSizes } from './look-sizes.ts';

/**
 * The raw error of a student, of any method: the root mean square distance, in a token's units, of its single step from
 * cached noise to the cached ends, on the first contexts of the cache. Its scale is the larger of two students' that have
 * learnt nothing of the pairs: one moves nothing, the other gives another path's end of the same context. No method's
 * student need be worse, not even of those that match distributions and do not mind whose end is whose; one that learns ends
 * of the system's own sampler may get as far from the paths as these are.
 */
export function probeOf(
  sampler: SamplerName,
  config: HeadConfig,
  cache: TrajectoryCache,
  { contexts, draws, ownEnds = false }: ReturnType<typeof batchSizes> & { readonly ownEnds?: boolean },
): Probe {
  const states = [contexts, draws, config.token];
  return {
    batchSpecs: { noise: { shape: states }, end: { shape: states }, ...contextSpecs(config, contexts) },
    batch: async () => {
      const rows = Array.from({ length: contexts }, (_, b) => b % cache.facts.contexts);
      const cached = await cache.batch(rows, draws, 0);
      const [noise, end] = [zeros(states), zeros(states)];
      for (const b of rows.keys()) {
        noise.data.set(cached.state(b, 0), b * draws * config.token);
        end.data.set(cached.state(b, cached.grid.length - 1), b * draws * config.token);
      }
      const other = (i: number): number => {
        const [size, own] = [config.token, Math.floor(i / (draws * config.token))];
        return draws > 1 ? own * draws * size + ((i + size) % (draws * size)) : (i + size) % end.data.length;
      };
      const ownEnd = (i: number): number | undefined => {
        const { draws: count = 1, of } = cached.ownEnds ?? {};
        return of?.(Math.floor(i / (draws * config.token)))[(i % (draws * config.token)) % (count * config.token)];
      };
      const scale = Math.max(
        apart(end.data, (i) => noise.data[i]),
        apart(end.data, (i) => end.data[other(i)]),
        ownEnds ? apart(end.data, ownEnd) : 0,
      );
      return { tensors: { noise, end, ...contextFeeds(config, cached) }, scale };
    },
    error: (weights, batch) => {
      const noise = named(batch, 'noise');
      const u = meanVelocity(weights, config, contextOf(config, batch));
      const landed = sample(sampler, u, noise, { times: [0, 1] });
      return tf.sqrt(meanSquare(landed, named(batch, 'end')));
    },
  };
}

/** The root mean square distance of numbers from others at their places. */
const apart = (numbers: Float32Array, at: (i: number) => number | undefined): number =>
  Math.sqrt(numbers.reduce((sum, x, i) => sum + (x - (at(i) ?? 0)) ** 2, 0) / numbers.length);
