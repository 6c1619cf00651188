/** What a student's samples are to be like: ends of the teacher's flow, or of the system's own sampler. */
import { z } from 'zod';
import { UsageError } from '../../ground/errors.ts';
import type { Stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { CachedBatch, Draw } from './method.ts';

/** `ends: flow`, which is not written down: hashes of recipes without stay. */
export const flowEnds = z
  .literal('flow')
  .exactOptional()
  .describe("Ends that samples are compared with: of the teacher's flow, at the times of its paths; unless given.");

/** `ends: own`: there is no path, so that the jump is the whole one. */
export const ownEnds = z
  .literal('own')
  .describe("Ends that samples are compared with: of the system's own sampler (trajectories.ownEnds), in one jump.");

/**
 * Whole jumps from new noise, beside as many ends of the system's own sampler: of each context another stretch of them, each
 * time. No noise belongs to an end, so that none need come again. Throws UsageError where the cache has too few.
 */
export function drawOwnEnds({ contexts, draws, token, ownEnds: own }: CachedBatch, random: Stream): Draw {
  if (own === undefined || own.draws < draws)
    throw new UsageError(`ends: own: expected a cache with ${draws} own ends a context, got ${own?.draws ?? 'none'}`);
  const x_t = zeros([contexts, draws, token]);
  const first = random.integers(contexts, own.draws);
  for (let b = 0; b < contexts; b++) {
    const ends = own.of(b);
    for (let k = 0; k < draws; k++) {
      const from = (((first[b] ?? 0) + k) % own.draws) * token;
      x_t.data.set(ends.subarray(from, from + token), (b * draws + k) * token);
    }
  }
  return {
    x_s: { shape: x_t.shape, data: random.normal(contexts * draws * token) },
    x_t,
    s: zeros([contexts]),
    t: { shape: [contexts], data: new Float32Array(contexts).fill(1) },
  };
}
