import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';

/** x·Wᵀ over the last axis; `name.weight` [out, in], x [..., in]. */
export const product = (parameters: NamedTensors, name: string, x: tf.Tensor): tf.Tensor =>
  overRows(x, (rows) => times(parameters, name, rows));

/** x·Wᵀ + b over the last axis; `name.weight` [out, in], `name.bias` [out], x [..., in]. */
export const linear = (parameters: NamedTensors, name: string, x: tf.Tensor): tf.Tensor =>
  overRows(x, (rows) => tf.add(times(parameters, name, rows), named(parameters, `${name}.bias`)));

const times = (parameters: NamedTensors, name: string, rows: tf.Tensor): tf.Tensor =>
  tf.matMul(rows as tf.Tensor2D, named(parameters, `${name}.weight`) as tf.Tensor2D, false, true);

/** A function of rows [N, in] on a tensor [..., in]. */
function overRows(x: tf.Tensor, f: (rows: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (x.rank === 2) return f(x);
  const y = f(tf.reshape(x, [-1, x.shape[x.rank - 1] ?? 1]));
  return tf.reshape(y, [...x.shape.slice(0, -1), y.shape[1] ?? 1]);
}

/** x·sigmoid(x). */
export const silu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

/** (x − mean)/√(variance + 1e-6) over the last axis, biased variance, without gain or bias. */
export function normalize(x: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6)));
}

/** LayerNorm with gain `name.weight` and `name.bias`. */
export const layerNorm = (parameters: NamedTensors, name: string, x: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(normalize(x), named(parameters, `${name}.weight`)), named(parameters, `${name}.bias`));

/** x/√(mean of x² + 1e-5) over the last axis: an RMS norm without gain. */
export const rootMeanSquareNorm = (x: tf.Tensor): tf.Tensor =>
  tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5)));

/** x·(1 + scale) + shift. */
export const shiftScale = (x: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(x, tf.add(scale, 1)), shift);
