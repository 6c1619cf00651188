import * as tf from '@tensorflow/tfjs';
import { expandAll } from '../expand.ts';

/** The larger of two tensors; the gradient of tfjs's own does not reduce what was broadcast. */
export function maximum(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [left, right] = expandAll(a, b);
  return tf.maximum(left as tf.Tensor, right as tf.Tensor);
}

/** The smaller of two tensors, as `maximum`. */
export function minimum(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [left, right] = expandAll(a, b);
  return tf.minimum(left as tf.Tensor, right as tf.Tensor);
}
