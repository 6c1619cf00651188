/** The head of VibeVoice (arXiv 2508.19205): RMS norms and gated feed-forward layers without a bias anywhere. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Architecture } from './architecture.ts';
import { usualFrequencies } from './frequencies.ts';
import { product, rootMeanSquareNorm, shiftScale, silu } from './layers.ts';
import { type Modulations, modulationsBy } from './modulation.ts';
import type { NetworkConfig } from './network-config.ts';
import { matrix, size } from './template.ts';
import { embeddedTime, sinusoids } from './time-embedding.ts';

const [width, hidden] = [size('width'), size('hidden')];

/** The architecture of VibeVoice. */
export const swiglu: Architecture = {
  template: {
    sign: 'noisy_images_proj.weight',
    fixed: {
      ...matrix('t_embedder.mlp.0', width, size('frequencies', 2)),
      ...matrix('t_embedder.mlp.2', width, width),
      ...matrix('cond_proj', width, size('condition')),
      ...matrix('noisy_images_proj', width, size('token')),
      ...matrix('final_layer.adaLN_modulation.1', size('width', 2), width),
      ...matrix('final_layer.linear', size('output'), width),
    },
    blocks: 'layers',
    block: {
      'norm.weight': [width],
      ...matrix('ffn.gate_proj', hidden, width),
      ...matrix('ffn.up_proj', hidden, width),
      ...matrix('ffn.down_proj', width, hidden),
      ...matrix('adaLN_modulation.1', size('width', 3), width),
    },
  },
  hiddenRatio: 3,
  embed: (parameters, config, { t }, c) => embed(parameters, config, t, c),
  modulate: (parameters, config, y) => modulationsBy(product, 'layers', parameters, config, y),
  apply: (parameters, x, by) => apply(parameters, x, by),
};

/** y = t_embedder(t) + cond_proj(c). t [B], c [B, H]; gives [B, W]. */
function embed(parameters: NamedTensors, config: NetworkConfig, t: tf.Tensor, c: tf.Tensor): tf.Tensor {
  const features = sinusoids(embeddedTime(config, t), usualFrequencies(config.frequencies));
  const active = silu(product(parameters, 't_embedder.mlp.0', features));
  return tf.add(product(parameters, 't_embedder.mlp.2', active), product(parameters, 'cond_proj', c));
}

/** The network's output for x [B, K, D] under the modulations of its contexts; [B, K, output]. */
function apply(parameters: NamedTensors, x: tf.Tensor, by: Modulations): tf.Tensor {
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
