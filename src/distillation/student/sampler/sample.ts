import * as tf from '@tensorflow/tfjs';
import type { MeanVelocity } from '../network.ts';
import { type SamplerName, samplers } from './table.ts';

/** When a sampler takes its steps, and the noise for them. */
export interface Course {
  /** 0 … 1 [steps + 1]. */
  readonly times: ArrayLike<number>;
  /** New noise [B, steps − 1, K, D] of samplers that need it; the last move ends at data and needs none. */
  readonly fresh?: tf.Tensor | undefined;
  /** Factors on the first noise and on each new one; one unless given. */
  readonly scales?: readonly number[] | undefined;
}

/** Noise [B, K, D] to data by a move between each two times, unrolled. */
export function sample(
  sampler: SamplerName,
  u: MeanVelocity,
  noise: tf.Tensor,
  { times, fresh, scales }: Course,
): tf.Tensor {
  const move = samplers[sampler].move(u);
  const added = fresh ? tf.split(fresh, times.length - 2, 1).map((part) => tf.squeeze(part, [1])) : [];
  const scaled = (z: tf.Tensor, place: number): tf.Tensor => (scales ? tf.mul(z, scales[place] ?? 1) : z);
  let x = scaled(noise, 0);
  for (let i = 1; i < times.length; i++) {
    const at = (time: number | undefined): tf.Tensor => tf.fill([noise.shape[0] ?? 1], time ?? 0);
    const z = added[i - 1];
    x = move(x, at(times[i - 1]), at(times[i]), z === undefined ? noise : scaled(z, i));
  }
  return x;
}
