import * as tf from '@tensorflow/tfjs';
import { drift, interpolate } from '../../heads/flow.ts';
import { uniformTimes } from '../../heads/solver/solver.ts';
import { jumpOf, type MeanVelocity } from './network.ts';

/** One move of a student's sampler: x [B, K, D] from time s [B] to time t [B]; `fresh` is new noise [B, K, D]. */
type Move = (u: MeanVelocity) => (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor, fresh: tf.Tensor) => tf.Tensor;

/**
 * How a student gets from s to t, by the kind of network it was trained to be:
 * - `flow-map`: the jump X_{s,t};
 * - `consistency`: the deterministic jump (1 − t)·ε + t·f, with f = X_{s,1}(x) the predicted data and
 *   ε = (x − s·f)/(1 − s) the noise on the same straight path;
 * - `consistency-renoised`: (1 − t)·z + t·f with new noise z (arXiv 2303.01469, algorithm 1);
 * - `velocity`: a step of Euler along u(x, s, s).
 */
export const samplers = {
  'flow-map': jumpOf,
  consistency: (u) => (x, s, t) => {
    const data = jumpOf(u)(x, s, tf.onesLike(s));
    const slope = tf.div(tf.sub(data, x), tf.reshape(tf.sub(1, s), [-1, 1, 1])); // data − ε
    return drift(x, slope, tf.sub(t, s));
  },
  'consistency-renoised': (u) => (x, s, t, fresh) => interpolate(fresh, jumpOf(u)(x, s, tf.onesLike(s)), t),
  velocity: (u) => (x, s, t) => drift(x, u(x, s, s), tf.sub(t, s)),
} as const satisfies Readonly<Record<string, Move>>;

/** A sampler's name. */
export type SamplerName = keyof typeof samplers;

/** Whether a sampler needs new noise between its moves, so that `steps` moves take `steps − 1` more noises. */
export const renoises = (sampler: SamplerName): boolean => sampler === 'consistency-renoised';

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
  const move = samplers[sampler](u);
  const times = uniformTimes(steps);
  const added = fresh ? tf.split(fresh, steps - 1, 1).map((part) => tf.squeeze(part, [1])) : [];
  let x = noise;
  for (let i = 1; i < times.length; i++) {
    const at = (time: number | undefined): tf.Tensor => tf.fill([noise.shape[0] ?? 1], time ?? 0);
    x = move(x, at(times[i - 1]), at(times[i]), added[i - 1] ?? noise);
  }
  return x;
}
