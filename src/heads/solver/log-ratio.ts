import * as tf from '@tensorflow/tfjs';
import { perContext } from '../flow.ts';

/** Half the log signal-to-noise ratio of a straight path, λ = log(t/(1−t)): −∞ at noise, ∞ at data. */
export const logRatio = (t: tf.Tensor): tf.Tensor => tf.sub(tf.log(t), tf.log(tf.sub(1, t)));

/**
 * h/h_previous in λ of the step `from` → `to` after one that began at `before`, all [B]. 0, which makes a two-step
 * method one of first order, where there was no such step and at the infinite ends of λ.
 */
export function stepRatio(before: tf.Tensor, from: tf.Tensor, to: tf.Tensor): tf.Tensor {
  const start = logRatio(from);
  const ratio = tf.div(tf.sub(logRatio(to), start), tf.sub(start, logRatio(before)));
  const firstOrder = tf.logicalOr(tf.greaterEqual(to, 1), tf.greaterEqual(before, from));
  return tf.where(firstOrder, tf.zerosLike(ratio), ratio);
}

/**
 * The exponential integrator's first-order step from x at `from` to `to` along predicted data [B, K, D], with α = t and
 * σ = 1−t (arXiv 2211.01095, eq. 9). On straight paths it is Euler's, and finite at both ends of λ.
 */
export function towardsData(x: tf.Tensor, data: tf.Tensor, from: tf.Tensor, to: tf.Tensor): tf.Tensor {
  const keep = tf.div(tf.sub(1, to), tf.sub(1, from)); // σ_to/σ_from
  const towards = tf.sub(to, tf.mul(keep, from)); // α_to − α_from·σ_to/σ_from
  return tf.add(tf.mul(perContext(keep), x), tf.mul(perContext(towards), data));
}
