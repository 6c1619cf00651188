import * as tf from '@tensorflow/tfjs';
import type { MeanVelocity } from '../network.ts';
import { type SamplerName, samplers } from './table.ts';

/**
 * Noise [B, K, D] to data by a move between each two of the `times` 0 … 1 [steps + 1], unrolled. `fresh`
 * [B, steps − 1, K, D] is the new noise of samplers that need it; the last move ends at data and needs none.
 */
export function sample(
  sampler: SamplerName,
  u: MeanVelocity,
  noise: tf.Tensor,
  times: ArrayLike<number>,
  fresh?: tf.Tensor,
): tf.Tensor {
  const move = samplers[sampler].move(u);
  const added = fresh ? tf.split(fresh, times.length - 2, 1).map((part) => tf.squeeze(part, [1])) : [];
  let x = noise;
  for (let i = 1; i < times.length; i++) {
    const at = (time: number | undefined): tf.Tensor => tf.fill([noise.shape[0] ?? 1], time ?? 0);
    x = move(x, at(times[i - 1]), at(times[i]), added[i - 1] ?? noise);
  }
  return x;
}
