/** The head of VibeVoice (arXiv 2508.19205): RMS norms and gated feed-forward layers without a bias anywhere. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { HeadConfig } from './config.ts';
import { usualFrequencies } from './frequencies.ts';
import { product, rootMeanSquareNorm, shiftScale, silu } from './layers.ts';
import { type Modulations, modulationsBy } from './modulation.ts';
import { embeddedTime, sinusoids } from './time-embedding.ts';

/** y = t_embedder(t) + cond_proj(c). t [B], c [B, H]; gives [B, W]. */
export function embedSwiglu(parameters: NamedTensors, config: HeadConfig, t: tf.Tensor, c: tf.Tensor): tf.Tensor {
  const features = sinusoids(embeddedTime(config, t), usualFrequencies(config.frequencies));
  const active = silu(product(parameters, 't_embedder.mlp.0', features));
  return tf.add(product(parameters, 't_embedder.mlp.2', active), product(parameters, 'cond_proj', c));
}

/** The modulations of all layers from the context's embedding y [B, W]. */
export const swigluModulations = (parameters: NamedTensors, config: HeadConfig, y: tf.Tensor): Modulations =>
  modulationsBy(product, 'layers', parameters, config, y);

/** The network's output for x [B, K, D] under the modulations of its contexts; [B, K, output]. */
export function applySwiglu(parameters: NamedTensors, x: tf.Tensor, by: Modulations): tf.Tensor {
  let h = product(parameters, 'noisy_images_proj', x); // [B, K, W]
  for (const [i, { shift, scale, gate }] of by.blocks.entries()) {
    const name = `layers.${i}`;
    const normed = tf.mul(rootMeanSquareNorm(h), named(parameters, `${name}.norm.weight`));
    const modulated = shiftScale(normed, shift, scale);
    const open = silu(product(parameters, `${name}.ffn.gate_proj`, modulated));
    const gated = tf.mul(open, product(parameters, `${name}.ffn.up_proj`, modulated));
    h = tf.add(h, tf.mul(gate, product(parameters, `${name}.ffn.down_proj`, gated)));
  }
  const { shift, scale } = by.final;
  return product(parameters, 'final_layer.linear', shiftScale(rootMeanSquareNorm(h), shift, scale));
}
