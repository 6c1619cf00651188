import { DataError } from '../../ground/errors.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { estimate } from './interval.ts';
import { ratioOfSums } from './ratio-of-sums.ts';
import { squaredDistance } from './squared-distance.ts';

/** How much more the paths of a flow move than straight ones between the same ends. */
export interface PathEnergy {
  /** ∫|dx/dt|² dt over |x₁ − x₀|²: 1 of straight paths at even speed. A context is one unit of the interval. */
  readonly energy: Estimate;
  /** The same between each two kept times, over what straight paths have there [T]. */
  readonly byInterval: readonly number[];
}

/**
 * Path energy of states [B, T + 1, K, D] at ascending times [T + 1] from 0 to 1, chords for slopes: its sum over paths over the
 * sum of the straight ones'. What is above 1 is the straightness of Rectified Flow (arXiv 2209.03003), ∫|dx/dt − (x₁ − x₀)|²
 * dt, over |x₁ − x₀|². Undefined of fewer than two contexts, or where nothing moves. Throws DataError.
 */
export function pathEnergy(states: HostTensor<Float32Array>, times: ArrayLike<number>): PathEnergy | undefined {
  const [contexts = 0, kept = 0, draws = 0, size = 0] = states.shape;
  if (states.shape.length !== 4 || kept < 2 || kept !== times.length)
    throw new DataError(
      `states: expected [contexts, ${times.length} times, draws, D], got [${states.shape.join(', ')}]`,
    );
  checkFinite(states.data, 'states');
  const between = (context: number, from: number, to: number): number =>
    squaredDistance(states.data, context * kept + from, states.data, context * kept + to, draws * size);
  const widths = Array.from({ length: kept - 1 }, (_, i) => (times[i + 1] as number) - (times[i] as number));
  const [moved, straight] = [new Float64Array(contexts), new Float64Array(contexts)];
  const intervals = new Float64Array(kept - 1);
  for (let context = 0; context < contexts; context++) {
    straight[context] = between(context, 0, kept - 1);
    for (const [i, width] of widths.entries()) {
      const energy = between(context, i, i + 1) / width;
      moved[context] = (moved[context] as number) + energy;
      intervals[i] = (intervals[i] as number) + energy;
    }
  }
  const ratio = ratioOfSums(moved, straight);
  if (ratio === undefined) return undefined;
  const whole = straight.reduce((sum, value) => sum + value, 0);
  return {
    energy: estimate({ ...ratio, least: 1 }),
    byInterval: widths.map((width, i) => (intervals[i] as number) / (width * whole)),
  };
}
