import * as tf from '@tensorflow/tfjs';

/** Of Keller Jordan (https://kellerjordan.github.io/posts/muon/): steep at 0, so that five iterations lift small values. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;

/**
 * A matrix G [rows, columns] with its singular values, from 0.002·‖G‖ on, brought between 0.68 and 1.21 by Newton–Schulz
 * iterations: X ← a·X + (b·XXᵀ + c·(XXᵀ)²)·X from X = G/(‖G‖ + 1e-7). Where rows outnumber columns it is XᵀX, the smaller
 * product, from the right, which is the same for the transpose.
 */
export function orthogonalized(matrix: tf.Tensor): tf.Tensor {
  const [rows = 0, columns = 0] = matrix.shape;
  const tall = rows > columns;
  let x = tf.div(matrix, tf.add(tf.sqrt(tf.sum(tf.square(matrix))), 1e-7));
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = tf.matMul(x, x, tall, !tall);
    const factor = tf.add(tf.mul(gram, B), tf.mul(tf.matMul(gram, gram), C));
    x = tf.add(tf.mul(x, A), tall ? tf.matMul(x, factor) : tf.matMul(factor, x));
  }
  return x;
}
