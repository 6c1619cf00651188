import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';

/**
 * Numpy's broadcasting of shapes. Throws DataError: `shapes [2, 3] and [4] do not broadcast`.
 */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[shape.length - rank + axis] ?? 1);
    const size = sizes.find((candidate) => candidate !== 1) ?? 1;
    if (sizes.some((candidate) => candidate !== 1 && candidate !== size))
      throw new DataError(`shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} do not broadcast`);
    return size;
  });
}

/**
 * A tensor broadcast to a shape. The gradient is a sum: tfjs's own (of Tile) is a sum of slices, one for each repetition,
 * of at most four dimensions.
 */
export function expand(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (x.rank === shape.length && x.shape.every((size, axis) => size === shape[axis])) return x;
  const padded = [...Array.from({ length: shape.length - x.rank }, () => 1), ...x.shape];
  const aligned = x.rank === shape.length ? x : tf.reshape(x, padded);
  const axes = padded.flatMap((size, axis) => (size === shape[axis] ? [] : [axis]));
  if (axes.length === 0) return aligned;
  if (x.dtype !== 'float32') return tf.broadcastTo(aligned, [...shape]);
  return tf.customGrad((operand) => ({
    value: tf.broadcastTo(operand as tf.Tensor, [...shape]),
    gradFunc: (dy: tf.Tensor) => tf.sum(dy, axes, true),
  }))(aligned);
}

/** Tensors, all broadcast to one shape: some of tfjs's gradients do not reduce what was broadcast. */
export function expandAll(...tensors: readonly tf.Tensor[]): tf.Tensor[] {
  const shape = broadcastShape(...tensors.map((tensor) => tensor.shape));
  return tensors.map((tensor) => expand(tensor, shape));
}
