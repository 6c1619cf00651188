import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { linear, silu } from '../../heads/network/layers.ts';
import type { BackboneConfig } from './config.ts';

/** What a position asks, offers and holds; split into attention heads each is [B, heads, T, width / heads]. */
export interface Projections {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** How positions look at each other; gives [B, heads, T, width / heads]. */
export type Attend = (projections: Projections) => tf.Tensor;

/** A pre-norm transformer block: attention, then a SiLU MLP four times as wide. x [B, T, W]; gives [B, T, W]. */
export function block(
  parameters: NamedTensors,
  config: BackboneConfig,
  index: number,
  x: tf.Tensor,
  attend: Attend,
): tf.Tensor {
  const { query, key, value } = projections(parameters, index, x);
  const split = (part: tf.Tensor): tf.Tensor => splitHeads(part, config.heads);
  const attended = attend({ query: split(query), key: split(key), value: split(value) });
  return afterAttention(parameters, index, x, mergeHeads(attended));
}

/** What positions ask, offer and hold in a block, whole: x [..., W]; each is [..., W]. */
export function projections(parameters: NamedTensors, index: number, x: tf.Tensor): Projections {
  const name = `blocks.${index}`;
  const normed = rmsNorm(parameters, `${name}.attention_norm`, x);
  const project = (part: string): tf.Tensor => linear(parameters, `${name}.${part}`, normed);
  return { query: project('query'), key: project('key'), value: project('value') };
}

/** The end of a block: x [..., W], and what attention gave [..., W], its heads side by side. */
export function afterAttention(parameters: NamedTensors, index: number, x: tf.Tensor, attended: tf.Tensor): tf.Tensor {
  const name = `blocks.${index}`;
  const mixed = tf.add(x, linear(parameters, `${name}.attention_out`, attended));
  const inner = linear(parameters, `${name}.mlp_in`, rmsNorm(parameters, `${name}.mlp_norm`, mixed));
  return tf.add(mixed, linear(parameters, `${name}.mlp_out`, silu(inner)));
}

/** x/√(mean x² + 1e-6) times a learned gain (arXiv 1910.07467) over the last axis. */
export function rmsNorm(parameters: NamedTensors, name: string, x: tf.Tensor): tf.Tensor {
  const gain = named(parameters, `${name}.weight`);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))), gain);
}

/** Scores are divided by this: √(width / heads). */
export const scoreScale = ({ width, heads }: BackboneConfig): number => Math.sqrt(width / heads);

function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

function mergeHeads(x: tf.Tensor): tf.Tensor {
  const [batch = 1, heads = 1, length = 1, size = 1] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}
