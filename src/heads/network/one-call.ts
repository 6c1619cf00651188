/**
 * The one-step generator of CALM (Tencent, arXiv 2510.27688): noise becomes a token in one call, without a time. Gated residual
 * blocks read the condition beside the state; nothing is modulated.
 */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Architecture } from './architecture.ts';
import { layerNorm, linear, product, silu } from './layers.ts';
import type { NetworkConfig } from './network-config.ts';
import { size, type Template, linear as template } from './template.ts';

const width = size('width');

const norm = (name: string): Template => ({ [`${name}.weight`]: [width], [`${name}.bias`]: [width] });

/** The architecture of CALM's energy head. Its blocks have no modulations: what they hear is the embedding y itself. */
export const oneCall: Architecture = {
  template: {
    sign: 'noise_embd.weight',
    fixed: {
      ...template('noise_embd', width, size('noise')),
      ...template('hidden_embd', width, size('condition')),
      ...norm('norm_noise'),
      ...norm('norm_hidden'),
      ...norm('final_layer.in_ln'),
      ...template('final_layer.linears.0', width, width),
      ...template('final_layer.linears.2', size('token'), width),
    },
    blocks: 'mlp_blocks',
    block: {
      ...norm('in_ln'),
      ...template('linears.0', width, size('width', 2)),
      ...template('linears.2', width, width),
      ...template('linears.4', size('width', 2), width),
      ...template('down_proj', width, width),
    },
  },
  oneCall: true,
  embed: (parameters, _, __, c) => layerNorm(parameters, 'norm_hidden', linear(parameters, 'hidden_embd', c)),
  modulate: (_, { width: size }, y) => {
    const told = tf.reshape(y, [-1, 1, size]);
    return { blocks: [], final: { shift: told, scale: told } };
  },
  apply: (parameters, u, { final: { shift: y } }, config) => apply(parameters, u, y, config),
};

/** The tokens [B, K, D] that noise u [B, K, noise] becomes under y [B, 1, W]. */
function apply(parameters: NamedTensors, u: tf.Tensor, y: tf.Tensor, { depth }: NetworkConfig): tf.Tensor {
  let h = layerNorm(parameters, 'norm_noise', linear(parameters, 'noise_embd', u)); // [B, K, W]
  for (let i = 0; i < depth; i++) {
    const name = `mlp_blocks.${i}`;
    const first = beside(parameters, `${name}.linears.0`, layerNorm(parameters, `${name}.in_ln`, h), y);
    const second = linear(parameters, `${name}.linears.2`, silu(first));
    const [gate, up] = tf.split(linear(parameters, `${name}.linears.4`, silu(second)), 2, -1) as [tf.Tensor, tf.Tensor];
    h = tf.add(h, linear(parameters, `${name}.down_proj`, tf.mul(silu(gate), up)));
  }
  const last = linear(parameters, 'final_layer.linears.0', layerNorm(parameters, 'final_layer.in_ln', h));
  return linear(parameters, 'final_layer.linears.2', silu(last));
}

/** A linear layer of [h, y] side by side: y [B, 1, W] passes its half once for all draws h [B, K, W]. */
function beside(parameters: NamedTensors, name: string, h: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const [own, told] = tf.split(named(parameters, `${name}.weight`), 2, 1) as [tf.Tensor, tf.Tensor];
  const halves = {
    ...parameters,
    'own.weight': own,
    'told.weight': told,
    'told.bias': named(parameters, `${name}.bias`),
  };
  return tf.add(product(halves, 'own', h), linear(halves, 'told', y));
}
