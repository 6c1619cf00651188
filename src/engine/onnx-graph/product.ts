import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { broadcastShape, expand } from './expand.ts';

/**
 * numpy's matrix product: vectors are rows or columns, leading axes broadcast. A matrix on the right makes one product
 * of two dimensions of it, whatever the left one's rank. Throws DataError where sizes do not fit.
 */
export function matrixProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank === 0 || b.rank === 0) throw new DataError('expected matrices, got a number');
  const left = a.rank === 1 ? tf.reshape(a, [1, -1]) : a;
  const right = b.rank === 1 ? tf.reshape(b, [-1, 1]) : b;
  const [[rows = 1, inner = 1], [height = 1, columns = 1]] = [left.shape.slice(-2), right.shape.slice(-2)];
  if (inner !== height)
    throw new DataError(`shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not multiply`);
  const batch = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const product = right.rank === 2 ? flatProduct(left, right) : batchProduct(left, right, batch);
  const shape = [...batch, ...(a.rank === 1 ? [] : [rows]), ...(b.rank === 1 ? [] : [columns])];
  return tf.reshape(product, shape);
}

function flatProduct(left: tf.Tensor, right: tf.Tensor): tf.Tensor {
  const [inner = 1] = right.shape;
  return tf.matMul(tf.reshape(left, [sizeOf(left.shape.slice(0, -1)), inner]) as tf.Tensor2D, right as tf.Tensor2D);
}

/** tfjs's gradient of a product does not reduce what was broadcast, so that both sides are made whole first. */
function batchProduct(left: tf.Tensor, right: tf.Tensor, batch: readonly number[]): tf.Tensor {
  return tf.matMul(
    expand(left, [...batch, ...left.shape.slice(-2)]),
    expand(right, [...batch, ...right.shape.slice(-2)]),
  );
}
