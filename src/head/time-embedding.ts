import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../graph/program.ts';
import { timeFrequencies } from './config.ts';
import { linear, silu } from './layers.ts';

/** 10000^(−k/128), rounded to float32 as the original systems do. */
const frequencies = Float32Array.from({ length: timeFrequencies }, (_, k) =>
  Math.exp((-Math.log(10000) * k) / timeFrequencies),
);

/** Sinusoidal features of a scalar [B]: cosines first, then sines; [B, 256]. */
export function sinusoids(scalar: tf.Tensor): tf.Tensor {
  const phase = tf.mul(tf.reshape(scalar, [-1, 1]), tf.tensor(frequencies, [1, timeFrequencies]));
  return tf.concat([tf.cos(phase), tf.sin(phase)], 1);
}

/** Linear–SiLU–Linear over the sinusoids of a scalar [B]; [B, W]. */
export const scalarEmbedding = (parameters: NamedTensors, name: string, scalar: tf.Tensor): tf.Tensor =>
  linear(parameters, `${name}.mlp.2`, silu(linear(parameters, `${name}.mlp.0`, sinusoids(scalar))));
