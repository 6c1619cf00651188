import * as tf from '@tensorflow/tfjs';
import { named } from '../graph/named.ts';
import type { NamedTensors } from '../graph/program.ts';

/** x·Wᵀ + b over the last axis; `name.weight` [out, in], `name.bias` [out], x [..., in]. */
export function linear(parameters: NamedTensors, name: string, x: tf.Tensor): tf.Tensor {
  const weight = named(parameters, `${name}.weight`);
  const rows = x.rank === 2 ? x : tf.reshape(x, [-1, x.shape[x.rank - 1] ?? 1]);
  const product = tf.add(
    tf.matMul(rows as tf.Tensor2D, weight as tf.Tensor2D, false, true),
    named(parameters, `${name}.bias`),
  );
  return x.rank === 2 ? product : tf.reshape(product, [...x.shape.slice(0, -1), weight.shape[0] ?? 1]);
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
