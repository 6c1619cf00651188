import * as tf from '@tensorflow/tfjs';
import { perContext } from '../../heads/flow.ts';

/**
 * Mean over contexts and draws of the pseudo-Huber distance √(‖a − b‖² + c²) − c (arXiv 2310.14189, eq. 8), c = `huber`·√D;
 * a and b [B, K, D].
 */
export function pseudoHuber(a: tf.Tensor, b: tf.Tensor, huber: number): tf.Tensor {
  const c = huber * Math.sqrt(a.shape[2] ?? 1);
  const squared = tf.sum(tf.squaredDifference(a, b), -1); // [B, K]
  return tf.mean(tf.sub(tf.sqrt(tf.add(squared, c * c)), c));
}

/**
 * 1/√(t − s) [B, 1, 1], the weight of landings after jumps from s to t [B]: between the slope's error, which makes short
 * jumps count most, and the landing's, which makes long ones count most.
 */
export const landingScale = (s: tf.Tensor, t: tf.Tensor): tf.Tensor => perContext(tf.rsqrt(tf.sub(t, s)));

/** The pseudo-Huber distance of landings [B, K, D] to where they should be, both at the weight of their jumps. */
export function landingDistance(landed: tf.Tensor, aim: tf.Tensor, scale: tf.Tensor, huber: number): tf.Tensor {
  return pseudoHuber(tf.mul(landed, scale), tf.mul(aim, scale), huber);
}

/** Mean over everything of (a − b)². */
export const meanSquare = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mean(tf.squaredDifference(a, b));

/**
 * The energy score of a context's samples against its reference (Székely and Rizzo 2013), up to what the samples do not
 * change: 2·E‖a − b‖ − E‖a − a'‖ over different draws k ≠ j, so that a shared noise of a_k and b_k does not matter.
 * a and b [B, K, D] with K ≥ 2; gives [B].
 */
export function energyScore(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const draws = a.shape[1] ?? 1;
  const others = tf.sub(1, tf.eye(draws)); // [K, K]
  const centre = tf.mean(b, 1, true);
  const [x, y] = [tf.sub(a, centre), tf.sub(b, centre)];
  const mean = (one: tf.Tensor, other: tf.Tensor): tf.Tensor =>
    tf.div(tf.sum(tf.mul(pairwiseDistances(one, other), others), [1, 2]), draws * (draws - 1));
  return tf.sub(tf.mul(2, mean(x, y)), mean(x, x));
}

/**
 * The energy distance of a context's samples a [B, K, D] to others b [B, M, D] of noise of their own (Székely and Rizzo 2013),
 * 2·E‖a − b‖ − E‖a − a'‖ − E‖b − b'‖, not rooted, unbiased: no draw is paired with itself, so that 0 is equality and small
 * negative values are noise. K and M are 2 or more; gives [B]. To measure with: it has no gradient where draws coincide.
 */
export function energyDistance(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const apart = (one: tf.Tensor, other: tf.Tensor): tf.Tensor => {
    const squares = tf.squaredDifference(tf.expandDims(one, 2), tf.expandDims(other, 1)); // [B, K, M, D]
    return tf.sum(tf.sqrt(tf.sum(squares, -1)), [1, 2]);
  };
  const [k, m] = [a.shape[1] ?? 0, b.shape[1] ?? 0];
  const within = tf.add(tf.div(apart(a, a), k * (k - 1)), tf.div(apart(b, b), m * (m - 1)));
  return tf.sub(tf.mul(2 / (k * m), apart(a, b)), within);
}

/** ‖a_k − b_j‖ for all draws of a context: a, b [B, K, D] give [B, K, K]; smooth where they coincide. */
export function pairwiseDistances(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const squares = tf.add(tf.sum(tf.square(a), -1, true), tf.transpose(tf.sum(tf.square(b), -1, true), [0, 2, 1]));
  const products = tf.matMul(a as tf.Tensor3D, b as tf.Tensor3D, false, true);
  return tf.sqrt(tf.add(tf.relu(tf.sub(squares, tf.mul(2, products))), SMOOTH));
}

/** Squared distance below which two tokens count as one: of tokens of unit scale. */
const SMOOTH = 1e-6;
