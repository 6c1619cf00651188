/**
 * The head of SphereAR (Ke and Xue, arXiv 2509.24335): gated residual blocks that share a few adaLN layers, whose numbers
 * come as scale, shift and gate.
 */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Architecture } from './architecture.ts';
import { layerNorm, linear, normalize, shiftScale, silu } from './layers.ts';
import type { Modulations } from './modulation.ts';
import type { NetworkConfig } from './network-config.ts';
import { embedContext } from './skeleton.ts';
import { timeEmbedding } from './skeleton-template.ts';
import { size, linear as template } from './template.ts';

const [width, hidden] = [size('width'), size('hidden')];

/** The architecture of SphereAR. */
export const sharedModulation: Architecture = {
  template: {
    sign: 'final_layer.ada_ln_modulation.weight',
    fixed: {
      ...timeEmbedding('time_embed'),
      ...template('cond_embed', width, size('condition')),
      ...template('input_proj', width, size('token')),
      ...template('final_layer.ada_ln_modulation', size('width', 2), width),
      ...template('final_layer.linear', size('output'), width),
    },
    blocks: 'res_blocks',
    block: {
      'norm.weight': [width],
      'norm.bias': [width],
      ...template('w1', size('hidden', 2), width),
      ...template('w2', width, hidden),
    },
    shared: { names: 'ada_ln_blocks', tensors: { weight: [size('width', 3), width], bias: [size('width', 3)] } },
  },
  hiddenRatio: 1.5,
  embed: (parameters, config, { t }, c) => embedContext(parameters, config, t, c),
  modulate,
  apply,
};

/** The modulations of all layers from y [B, W]: of A shared layers the block i of N has the one of index i/⌊N/A⌋. */
function modulate(parameters: NamedTensors, config: NetworkConfig, y: tf.Tensor): Modulations {
  const { depth, sharedLayers = depth } = config;
  const active = silu(y);
  const project = (name: string, parts: number): tf.Tensor[] =>
    tf
      .split(linear(parameters, name, active), parts, 1)
      .map((part) => tf.reshape(part, [part.shape[0] ?? 1, 1, config.width]));
  const layers = Array.from({ length: sharedLayers }, (_, layer) => {
    const [scale, shift, gate] = project(`ada_ln_blocks.${layer}`, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { scale, shift, gate };
  });
  const each = Math.max(1, Math.floor(depth / sharedLayers));
  const blocks = Array.from({ length: depth }, (_, block) => layers[Math.floor(block / each)] ?? layers.at(-1));
  const [scale, shift] = project('final_layer.ada_ln_modulation', 2) as [tf.Tensor, tf.Tensor];
  return { blocks: blocks.flatMap((found) => found ?? []), final: { shift, scale } };
}

/** The network's output for x [B, K, D] under the modulations of its contexts; [B, K, output]. */
function apply(parameters: NamedTensors, x: tf.Tensor, by: Modulations): tf.Tensor {
  let h = linear(parameters, 'input_proj', x); // [B, K, W]
  for (const [i, { shift, scale, gate }] of by.blocks.entries()) {
    const name = `res_blocks.${i}`;
    const modulated = shiftScale(layerNorm(parameters, `${name}.norm`, h), shift, scale);
    const [open, value] = tf.split(linear(parameters, `${name}.w1`, modulated), 2, -1) as [tf.Tensor, tf.Tensor];
    h = tf.add(h, tf.mul(gate, linear(parameters, `${name}.w2`, tf.mul(silu(open), value))));
  }
  return linear(parameters, 'final_layer.linear', shiftScale(normalize(h), by.final.shift, by.final.scale));
}
