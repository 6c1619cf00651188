/**
 * The head of MAR (arXiv 2406.11838), NextStep-1 (2508.10711) and CALM: an adaLN residual MLP. Three fifths of a
 * block's work depends on time and condition alone, so a head is two functions: `modulate` once a context, `applyHead`
 * for each of its K noise draws.
 */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Architecture } from './architecture.ts';
import { usualFrequencies } from './frequencies.ts';
import { layerNorm, linear, normalize, shiftScale, silu } from './layers.ts';
import { type Modulations, modulationsBy } from './modulation.ts';
import type { NetworkConfig } from './network-config.ts';
import { skeletonBlocks, skeletonEnds, timeEmbedding } from './skeleton-template.ts';
import { embeddedTime, scalarEmbedding } from './time-embedding.ts';

/** y = time_embed(t) + cond_embed(c): what every modulation starts from. t [B], c [B, H]; gives [B, W]. */
export function embedContext(parameters: NamedTensors, config: NetworkConfig, t: tf.Tensor, c: tf.Tensor): tf.Tensor {
  const time = embeddedTime(config, t);
  const embedded = scalarEmbedding(parameters, 'time_embed', time, usualFrequencies(config.frequencies));
  return tf.add(embedded, linear(parameters, 'cond_embed', c));
}

/** The modulations of all layers from the context's embedding y [B, W]. */
export const modulations = (parameters: NamedTensors, config: NetworkConfig, y: tf.Tensor): Modulations =>
  modulationsBy(linear, 'res_blocks', parameters, config, y);

/** The modulations at time t [B] under condition c [B, H]. */
export const modulate = (parameters: NamedTensors, config: NetworkConfig, t: tf.Tensor, c: tf.Tensor): Modulations =>
  modulations(parameters, config, embedContext(parameters, config, t, c));

/** The network's output for x [B, K, D] under the modulations of its contexts; [B, K, output]. */
export function applyHead(parameters: NamedTensors, x: tf.Tensor, by: Modulations): tf.Tensor {
  let h = linear(parameters, 'input_proj', x); // [B, K, W]
  for (const [i, { shift, scale, gate }] of by.blocks.entries()) {
    const name = `res_blocks.${i}`;
    const modulated = shiftScale(layerNorm(parameters, `${name}.in_ln`, h), shift, scale);
    const update = linear(parameters, `${name}.mlp.2`, silu(linear(parameters, `${name}.mlp.0`, modulated)));
    h = tf.add(h, tf.mul(gate, update));
  }
  return linear(parameters, 'final_layer.linear', shiftScale(normalize(h), by.final.shift, by.final.scale));
}

/** The architecture of MAR, NextStep-1 and CALM. */
export const residual: Architecture = {
  template: {
    sign: 'time_embed.mlp.0.weight',
    fixed: { ...timeEmbedding('time_embed'), ...skeletonEnds },
    ...skeletonBlocks,
  },
  embed: (parameters, config, { t }, c) => embedContext(parameters, config, t, c),
  modulate: modulations,
  apply: applyHead,
};
