import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors, TensorSpec } from '../../engine/graph/program.ts';
import { interpolate } from '../../heads/flow.ts';
import { applyHead, modulate } from '../../heads/network/skeleton.ts';
import { forward } from '../backbone/transformer.ts';
import { type ImageConfig, under } from './model.ts';

/** Weight of the prompt's cross-entropy beside the flow's error. */
const LETTER_WEIGHT = 0.1;

/** A batch of B images with K noise draws a token. */
export function imageBatchSpecs({ backbone }: ImageConfig, batch: number, draws: number): Record<string, TensorSpec> {
  const contexts = batch * backbone.imageLength;
  return {
    letters: { shape: [batch, backbone.promptLength, backbone.vocabulary] }, // one-hot
    letterWeights: { shape: [batch, backbone.promptLength - 1] }, // 0 where the prompt is dropped
    tokens: { shape: [batch, backbone.imageLength, backbone.token] },
    noise: { shape: [contexts, draws, backbone.token] },
    t: { shape: [contexts] },
  };
}

/**
 * Next-token prediction on both kinds of tokens (NextStep-1, arXiv 2508.10711): flow matching ‖v(x_t, t, h) − (x1 − x0)‖²
 * in the mean over dimensions for image tokens, cross-entropy for letters.
 */
export function imageLoss(
  parameters: NamedTensors,
  config: ImageConfig,
  batch: NamedTensors,
): { loss: tf.Tensor; flow: tf.Tensor; letters: tf.Tensor } {
  const { hidden, logits } = forward(
    under('backbone', parameters),
    config.backbone,
    named(batch, 'letters'),
    named(batch, 'tokens'),
  );
  const flow = flowLoss(under('head', parameters), config, hidden, batch);
  const letters = letterLoss(logits, batch);
  return { loss: tf.add(flow, tf.mul(letters, LETTER_WEIGHT)), flow, letters };
}

function flowLoss(head: NamedTensors, config: ImageConfig, hidden: tf.Tensor, batch: NamedTensors): tf.Tensor {
  const noise = named(batch, 'noise'); // [C, K, D]
  const t = named(batch, 't'); // [C]
  const contexts = t.shape[0] ?? 1;
  const data = tf.reshape(named(batch, 'tokens'), [contexts, 1, config.head.token]);
  const condition = tf.reshape(hidden, [contexts, config.head.condition]);
  const velocity = applyHead(head, interpolate(noise, data, t), modulate(head, config.head, t, condition));
  return tf.mean(tf.square(tf.sub(velocity, tf.sub(data, noise))));
}

/** −log p of the next letter; the last prompt position predicts the image, which is the head's work. */
function letterLoss(logits: tf.Tensor, batch: NamedTensors): tf.Tensor {
  const [rows = 1, positions = 1, vocabulary = 1] = logits.shape;
  const targets = tf.slice(named(batch, 'letters'), [0, 1, 0], [rows, positions, vocabulary]);
  const probability = tf.sum(tf.mul(tf.softmax(logits), targets), -1); // [B, positions]
  const surprise = tf.neg(tf.log(tf.add(probability, 1e-12)));
  return tf.mean(tf.mul(surprise, named(batch, 'letterWeights')));
}
