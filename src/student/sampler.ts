import * as tf from '@tensorflow/tfjs';
import { drift } from '../flow.ts';
import { uniformTimes } from '../solver/solver.ts';
import { jumpOf, type MeanVelocity } from './network.ts';

/** One move of a student's sampler: x [B, K, D] from time s [B] to time t [B]. */
type Move = (u: MeanVelocity) => (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/**
 * How a student gets from s to t, by the kind of network it was trained to be:
 * - `flow-map`: the jump X_{s,t};
 * - `consistency`: the deterministic jump (1 − t)·ε + t·f, with f = X_{s,1}(x) the predicted data and
 *   ε = (x − s·f)/(1 − s) the noise on the same straight path (methods' definition of 2- and 4-step consistency);
 * - `velocity`: a step of Euler along u(x, s, s).
 */
export const samplers = {
  'flow-map': jumpOf,
  consistency: (u) => (x, s, t) => {
    const data = jumpOf(u)(x, s, tf.onesLike(s));
    const slope = tf.div(tf.sub(data, x), tf.reshape(tf.sub(1, s), [-1, 1, 1])); // data − ε
    return drift(x, slope, tf.sub(t, s));
  },
  velocity: (u) => (x, s, t) => drift(x, u(x, s, s), tf.sub(t, s)),
} as const satisfies Readonly<Record<string, Move>>;

/** A sampler's name. */
export type SamplerName = keyof typeof samplers;

/** Noise [B, K, D] to data in `steps` equal steps, unrolled. */
export function sample(sampler: SamplerName, u: MeanVelocity, noise: tf.Tensor, steps: number): tf.Tensor {
  const move = samplers[sampler](u);
  const times = uniformTimes(steps);
  let x = noise;
  for (let i = 1; i < times.length; i++) {
    const at = (time: number | undefined): tf.Tensor => tf.fill([noise.shape[0] ?? 1], time ?? 0);
    x = move(x, at(times[i - 1]), at(times[i]));
  }
  return x;
}
