import * as tf from '@tensorflow/tfjs';

/** Mean over batch and draws of the pseudo-Huber distance √(‖a − b‖² + c²) − c (arXiv 2310.14189, eq. 8); [B, K, D]. */
export function pseudoHuber(a: tf.Tensor, b: tf.Tensor, c: number, weight?: tf.Tensor): tf.Tensor {
  const squared = tf.sum(tf.squaredDifference(a, b), -1); // [B, K]
  const distance = tf.sub(tf.sqrt(tf.add(squared, c * c)), c);
  return tf.mean(weight === undefined ? distance : tf.mul(distance, weight));
}

/** Mean over everything of (a − b)². */
export const meanSquare = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mean(tf.squaredDifference(a, b));
