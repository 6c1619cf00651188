import * as tf from '@tensorflow/tfjs';

/**
 * Σ mask·loss / (Σ mask + ε) over losses a sample [B, K] with a mask a context [B] (1 counts, 0 does not). MAR's code
 * has ε = 0, NextStep's 1e-8.
 */
export function maskedMean(losses: tf.Tensor, mask: tf.Tensor, epsilon = 0): tf.Tensor {
  const weights = tf.add(tf.zerosLike(losses), tf.expandDims(mask, 1)); // [B, K]
  return tf.div(tf.sum(tf.mul(losses, weights)), tf.add(tf.sum(weights), epsilon));
}
