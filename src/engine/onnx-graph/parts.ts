/** Parts of tensors. tfjs's gradients of one part get a tensor where they expect a list, and fail. */
import * as tf from '@tensorflow/tfjs';

/** Parts of given lengths along an axis. */
export const splitOf = (x: tf.Tensor, lengths: readonly number[], axis: number): tf.Tensor[] =>
  lengths.length === 1 ? [x] : tf.split(x, [...lengths], axis);

/** Tensors of one shape along a new axis. */
export const stackOf = (parts: readonly tf.Tensor[], axis: number): tf.Tensor =>
  parts.length === 1 ? tf.expandDims(parts[0] as tf.Tensor, axis) : tf.stack([...parts], axis);
