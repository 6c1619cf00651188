/** The autoregressive model of the demos: discrete prompt tokens, then continuous image tokens (NextStep, 2508.10711). */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { linear } from '../../heads/network/layers.ts';
import { type Attend, block, type Projections, rmsNorm, scoreScale } from './block.ts';
import type { BackboneConfig } from './config.ts';

/** What the backbone says about whole sequences. */
export interface BackboneOutputs {
  /** Hidden states that condition the head, one an image token: [B, imageLength, W]. */
  readonly hidden: tf.Tensor;
  /** Logits of the next prompt token at all prompt positions but the last: [B, promptLength − 1, vocabulary]. */
  readonly logits: tf.Tensor;
}

/**
 * Runs whole sequences. letters: one-hot prompts [B, promptLength, vocabulary]; tokens: image tokens
 * [B, imageLength, token], of which the last is not looked at.
 */
export function forward(
  parameters: NamedTensors,
  config: BackboneConfig,
  letters: tf.Tensor,
  tokens: tf.Tensor,
): BackboneOutputs {
  const [batch = 1] = tokens.shape;
  const known = tf.slice(tokens, [0, 0, 0], [batch, config.imageLength - 1, config.token]);
  const embedded = tf.concat(
    [linear(parameters, 'letter_embed', letters), linear(parameters, 'patch_embed', known)],
    1,
  );
  let x = tf.add(embedded, named(parameters, 'position.weight')); // [B, T, W]
  for (let index = 0; index < config.depth; index++) x = block(parameters, config, index, x, causal(config));
  const state = rmsNorm(parameters, 'final_norm', x);
  const prompt = config.promptLength - 1;
  return {
    hidden: tf.slice(state, [0, prompt, 0], [batch, config.imageLength, config.width]),
    logits: linear(parameters, 'letter_head', tf.slice(state, [0, 0, 0], [batch, prompt, config.width])),
  };
}

/** Attention to oneself and to earlier positions. */
export const causal =
  (config: BackboneConfig): Attend =>
  ({ query, key, value }: Projections) => {
    const scores = tf.div(tf.matMul(query, key, false, true), scoreScale(config));
    return tf.matMul(tf.softmax(tf.add(scores, causalMask(query.shape[2] ?? 1))), value);
  };

/** Zero where a row may look at a column, −1e9 above the diagonal: [T, T]. */
function causalMask(length: number): tf.Tensor {
  const values = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e9 : 0,
  );
  return tf.tensor(values, [length, length]);
}
