import type * as tf from '@tensorflow/tfjs';
import type { MeanVelocity } from '../network.ts';

/** One move of a student's sampler: x [B, K, D] from time s [B] to time t [B]; `fresh` is new noise [B, K, D]. */
export type Move = (u: MeanVelocity) => (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor, fresh: tf.Tensor) => tf.Tensor;

/** A way for a student to get from noise to data, and what rows, files and cards must know of it. */
export interface Sampler {
  readonly move: Move;
  /** Whether each move but the last takes new noise, so that `steps` moves take `steps − 1` more noises. */
  readonly renoises: boolean;
  /** Whether it asks for means between any two times, which a network of one time cannot tell apart. */
  readonly twoTimes: boolean;
  /** What its rows and files are called beside those of the method's first sampler: `sampler-<label>.onnx`. */
  readonly label: string;
  /** What a card says of these files, which take `steps` (`2 steps`), or the most (`steps`). */
  readonly meaning: (steps: string) => string;
}
