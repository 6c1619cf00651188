import type * as tf from '@tensorflow/tfjs';

/** A head under its parameters and conditions: x [B, K, D] and its own times t [B] give [B, K, output]. */
export type Network = (x: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/** A two-time head likewise: the average velocity from s [B] to t [B]. */
export type TwoTimeNetwork = (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/** What a one-time loss compares: data [B, 1 or K, D], noise [B, K, D], times [B] in the network's units. */
export interface LossBatch {
  readonly target: tf.Tensor;
  readonly noise: tf.Tensor;
  readonly t: tf.Tensor;
}
