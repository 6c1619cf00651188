/**
 * The head of MAR (arXiv 2406.11838), NextStep-1 (2508.10711) and pocket-tts: an adaLN residual MLP. Three fifths of a
 * block's work depends on time and condition alone, so a head is two functions: `modulate` once a context, `applyHead`
 * for each of its K noise draws.
 */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../graph/program.ts';
import type { HeadConfig } from './config.ts';
import { layerNorm, linear, normalize, silu } from './layers.ts';
import { scalarEmbedding } from './time-embedding.ts';

/** What time and condition do to the layers; each tensor is [B, 1, W]. */
export interface Modulations {
  readonly blocks: readonly { readonly shift: tf.Tensor; readonly scale: tf.Tensor; readonly gate: tf.Tensor }[];
  readonly final: { readonly shift: tf.Tensor; readonly scale: tf.Tensor };
}

/** y = time_embed(t) + cond_embed(c): what every modulation starts from. t [B], c [B, H]; gives [B, W]. */
export const embedContext = (parameters: NamedTensors, config: HeadConfig, t: tf.Tensor, c: tf.Tensor): tf.Tensor =>
  tf.add(scalarEmbedding(parameters, 'time_embed', tf.mul(t, config.timeScale)), linear(parameters, 'cond_embed', c));

/** The modulations of all layers from the context's embedding y [B, W]. */
export function modulations(parameters: NamedTensors, config: HeadConfig, y: tf.Tensor): Modulations {
  const active = silu(y);
  const project = (name: string, parts: number): tf.Tensor[] =>
    tf
      .split(linear(parameters, `${name}.adaLN_modulation.1`, active), parts, 1)
      .map((part) => tf.reshape(part, [part.shape[0] ?? 1, 1, config.width]));
  const blocks = Array.from({ length: config.depth }, (_, i) => {
    const [shift, scale, gate] = project(`res_blocks.${i}`, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { shift, scale, gate };
  });
  const [shift, scale] = project('final_layer', 2) as [tf.Tensor, tf.Tensor];
  return { blocks, final: { shift, scale } };
}

/** The modulations at time t [B] under condition c [B, H]. */
export const modulate = (parameters: NamedTensors, config: HeadConfig, t: tf.Tensor, c: tf.Tensor): Modulations =>
  modulations(parameters, config, embedContext(parameters, config, t, c));

/** The network's output for x [B, K, D] under the modulations of its contexts; [B, K, D]. */
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

const shiftScale = (x: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(x, tf.add(scale, 1)), shift);
