import * as tf from '@tensorflow/tfjs';
import { uniformTimes } from '../../../heads/solver/solver.ts';
import type { MeanVelocity } from '../network.ts';
import { type SamplerName, samplers } from './table.ts';

/**
 * Noise [B, K, D] to data in `steps` equal steps, unrolled. `fresh` [B, steps − 1, K, D] is the new noise of samplers
 * that need it; the last move ends at data and needs none.
 */
export function sample(
  sampler: SamplerName,
  u: MeanVelocity,
  noise: tf.Tensor,
  steps: number,
  fresh?: tf.Tensor,
): tf.Tensor {
  const move = samplers[sampler].move(u);
  const times = uniformTimes(steps);
  const added = fresh ? tf.split(fresh, steps - 1, 1).map((part) => tf.squeeze(part, [1])) : [];
  let x = noise;
  for (let i = 1; i < times.length; i++) {
    const at = (time: number | undefined): tf.Tensor => tf.fill([noise.shape[0] ?? 1], time ?? 0);
    x = move(x, at(times[i - 1]), at(times[i]), added[i - 1] ?? noise);
  }
  return x;
}
