/**
 * The time convention, stated here and nowhere else: x_t = (1 − t)·x0 + t·x1 with x0 noise at t = 0 and x1 data at
 * t = 1. The flow's velocity is dx/dt, on straight paths x1 − x0. Systems that put noise at t = 1 are turned round
 * where they are imported.
 *
 * A teacher is a velocity, a student is a jump, a solver turns the first into the second, a loss compares jumps, a
 * metric compares where they land.
 */
import * as tf from '@tensorflow/tfjs';

/** The slope of the flow at x and time t. x [B, K, D] (K draws a context), t [B]; gives [B, K, D]. */
export type Velocity = (x: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/** Moves x from time s to time t along the flow. x [B, K, D], s and t [B]; gives [B, K, D]. */
export type Jump = (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/** A per-context scalar [B] as [B, 1, 1], to scale [B, K, D]. */
export const perContext = (scalar: tf.Tensor): tf.Tensor => tf.reshape(scalar, [scalar.shape[0] ?? 1, 1, 1]);

/** x + duration·slope: a straight step. x and slope [B, K, D], duration [B]. */
export const drift = (x: tf.Tensor, slope: tf.Tensor, duration: tf.Tensor): tf.Tensor =>
  tf.add(x, tf.mul(perContext(duration), slope));

/** (1 − t)·noise + t·data: the point of the straight path at t. noise and data [B, K, D], t [B]. */
export const interpolate = (noise: tf.Tensor, data: tf.Tensor, t: tf.Tensor): tf.Tensor =>
  drift(noise, tf.sub(data, noise), t);

/**
 * Classifier-free guidance (arXiv 2207.12598): unconditional + w·(conditional − unconditional), so w = 1 is no
 * guidance (papers that write 1 + ω mean w = 1 + ω). Velocities [B, K, D], w [B].
 */
export const guide = (conditional: tf.Tensor, unconditional: tf.Tensor, w: tf.Tensor): tf.Tensor =>
  drift(unconditional, tf.sub(conditional, unconditional), w);

/**
 * Guidance towards an image and a prompt at once (arXiv 2211.09800, eq. 3): nothing + wImage·(image − nothing) +
 * w·(both − image), with velocities [B, K, D] under both, under the image alone and under nothing; w and wImage [B].
 */
export const guideThreeWays = (
  { both, image, nothing }: { readonly both: tf.Tensor; readonly image: tf.Tensor; readonly nothing: tf.Tensor },
  w: tf.Tensor,
  wImage: tf.Tensor,
): tf.Tensor => drift(guide(image, nothing, wImage), tf.sub(both, image), w);

/** What a head is told of the tokens it makes, a row a context: hidden states with and without the prompt, guidance. */
export interface Context {
  /** The hidden state [B, H]. */
  readonly conditional: tf.Tensor;
  /** The hidden state of the same prefix without its prompt [B, H]. */
  readonly unconditional: tf.Tensor;
  /** The guidance scale [B]; 1 is none. */
  readonly w: tf.Tensor;
  /** Of three-way guidance: the hidden state with the image kept and the prompt dropped [B, H]. */
  readonly imageOnly?: tf.Tensor;
  /** Of three-way guidance: the scale of the image [B]; 1 unless given. */
  readonly wImage?: tf.Tensor;
}
