import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { usualFrequencies } from './frequencies.ts';
import { linear, silu } from './layers.ts';
import type { TimeConvention } from './network-config.ts';

/** Sinusoidal features of a scalar [B]: cosines first, then sines; [B, 2·frequencies]. */
export function sinusoids(scalar: tf.Tensor, frequencies: Float32Array = usualFrequencies()): tf.Tensor {
  const phase = tf.mul(tf.reshape(scalar, [-1, 1]), tf.tensor(frequencies, [1, frequencies.length]));
  return tf.concat([tf.cos(phase), tf.sin(phase)], 1);
}

/** Linear–SiLU–Linear over the sinusoids of a scalar [B]; [B, W]. */
export const scalarEmbedding = (
  parameters: NamedTensors,
  name: string,
  scalar: tf.Tensor,
  frequencies?: Float32Array,
): tf.Tensor =>
  linear(parameters, `${name}.mlp.2`, silu(linear(parameters, `${name}.mlp.0`, sinusoids(scalar, frequencies))));

/** A time [B] in the network's own units as its embedding takes it: rounded, scaled, cut to an integer. */
export function embeddedTime({ timeScale, truncateTime, bf16Time }: TimeConvention, t: tf.Tensor): tf.Tensor {
  const rounded = bf16Time ? roundToBfloat16(t) : t;
  const scaled = tf.mul(rounded, timeScale);
  return truncateTime ? tf.floor(scaled) : scaled; // times are not negative
}

/** Keeps the upper 8 bits of float32 significands by splitting (Dekker 1971): c − (c − x) with c = (2¹⁶ + 1)·x. */
function roundToBfloat16(x: tf.Tensor): tf.Tensor {
  const scaled = tf.mul(x, 2 ** 16 + 1);
  return tf.sub(scaled, tf.sub(scaled, x));
}
