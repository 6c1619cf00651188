import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

/** `power`: p of the adaptive weight. */
export const power = z
  .number()
  .min(0)
  .max(2)
  .default(0.5)
  .describe('p of the adaptive weight 1/(‖Δ‖² + ε)^p; 0 is the plain square');

/** ε of the adaptive weight, a square a dimension. */
const EPSILON = 1e-2;

/**
 * A loss whose gradient is that of the square over (square + ε)^p (arXiv 2505.13447, eq. 22): its integral, so that the
 * weight needs no stop-gradient.
 */
export function adaptive(square: tf.Tensor, power: number): tf.Tensor {
  const shifted = tf.add(square, EPSILON);
  return power === 1 ? tf.log(shifted) : tf.div(tf.pow(shifted, 1 - power), 1 - power);
}
