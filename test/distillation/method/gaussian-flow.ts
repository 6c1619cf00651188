/** The exact flow of N(0.5, 0.5²) in tensors, differentiable in all that it takes. */
import * as tf from '@tensorflow/tfjs';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import { perContext, type Velocity } from '../../../src/heads/flow.ts';

export const [mean, std] = [0.5, 0.5];

const spread = (t: tf.Tensor): tf.Tensor => tf.sqrt(tf.add(tf.square(tf.sub(1, t)), tf.mul(std * std, tf.square(t))));

/** X_{s,t}(x) = t·mean + (σ_t/σ_s)(x − s·mean). */
const landing: MeanVelocity = (x, s, t) => {
  const [from, to] = [perContext(s), perContext(t)];
  return tf.add(tf.mul(to, mean), tf.mul(tf.div(spread(to), spread(from)), tf.sub(x, tf.mul(from, mean))));
};

/** v(x, t) = mean + ((t·std² − (1 − t))/σ_t²)(x − t·mean). */
export const velocity: Velocity = (x, time) => {
  const t = perContext(time);
  const slope = tf.div(tf.sub(tf.mul(t, std * std), tf.sub(1, t)), tf.square(spread(t)));
  return tf.add(tf.mul(slope, tf.sub(x, tf.mul(t, mean))), mean);
};

/** (X_{s,t}(x) − x)/(t − s) for t > s; the velocity at s = t, where it is not derived. */
export const exact: MeanVelocity = (x, s, t) => {
  const duration = perContext(tf.sub(t, s));
  const still = tf.equal(duration, 0);
  const safe = tf.where(still, tf.onesLike(duration), duration);
  const moved = tf.div(tf.sub(landing(x, s, t), x), safe);
  const at = tf.tile(tf.cast(still, 'float32'), [1, x.shape[1] ?? 1, x.shape[2] ?? 1]);
  return tf.add(tf.mul(at, velocity(x, s)), tf.mul(tf.sub(1, at), moved));
};

/** The exact map of a single jump; infinite at s = t. */
export const exactJump: MeanVelocity = (x, s, t) => tf.div(tf.sub(landing(x, s, t), x), perContext(tf.sub(t, s)));

/** Where noise is at a time, in ordinary numbers. */
export const stateOf = (noise: number, t: number): number => t * mean + Math.hypot(1 - t, std * t) * noise;
