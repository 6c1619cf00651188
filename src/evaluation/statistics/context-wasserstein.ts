import type { Estimate } from '../../ground/estimate.ts';
import { checkSameContexts, type Draws, drawsIn } from './draws.ts';
import { meanEstimate } from './interval.ts';
import { directions, project, slicedDistance } from './sliced-wasserstein.ts';

/**
 * Sliced 2-Wasserstein distance of the draws of each context, averaged over contexts, along the same directions in all of them.
 * Positive even for equal distributions, the more so the fewer the draws: read it beside its floor. Throws DataError.
 */
export function contextWasserstein(samples: Draws, reference: Draws, seed: number): Estimate {
  const [{ contexts, size }] = checkSameContexts(samples, reference, 2);
  const along = directions(size, seed);
  const projected = (draws: Draws, context: number) =>
    project({ shape: [draws.shape[1] ?? 0, size], data: drawsIn(draws, context) }, { cluster: 1 }, along);
  const distances = Float64Array.from({ length: contexts }, (_, context) =>
    slicedDistance(projected(samples, context), projected(reference, context)),
  );
  return meanEstimate(distances, 0);
}
