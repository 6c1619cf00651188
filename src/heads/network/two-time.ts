/**
 * The head of pocket-tts (Kyutai; Lagrangian self-distillation, arXiv 2505.18825): the skeleton of MAR with two times.
 * Each has its own embedder, which ends in a norm of its own kind; the two embeddings are averaged.
 */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Architecture } from './architecture.ts';
import { frequenciesOf, frequencyNames } from './frequencies.ts';
import { linear } from './layers.ts';
import type { NetworkConfig } from './network-config.ts';
import { applyHead, modulations } from './skeleton.ts';
import { skeletonBlocks, skeletonEnds, timeEmbedding } from './skeleton-template.ts';
import { size, type Template } from './template.ts';
import { embeddedTime, scalarEmbedding } from './time-embedding.ts';

const timeTensors = (name: string): Template => ({
  ...timeEmbedding(name),
  [`${name}.mlp.3.alpha`]: [size('width')],
});

/** The architecture of pocket-tts. */
export const twoTime: Architecture = {
  template: {
    sign: 'time_embed.0.mlp.0.weight',
    fixed: { ...timeTensors('time_embed.0'), ...timeTensors('time_embed.1'), ...skeletonEnds },
    ...skeletonBlocks,
    stored: frequencyNames,
  },
  twoTimes: true,
  embed: (parameters, config, { s, t }, c) => embedTwoTimes(parameters, config, [s ?? t, t], c),
  modulate: modulations,
  apply: applyHead,
};

/** y = (time_embed.0(s) + time_embed.1(t))/2 + cond_embed(c). s and t [B], c [B, H]; gives [B, W]. */
function embedTwoTimes(
  parameters: NamedTensors,
  config: NetworkConfig,
  [s, t]: readonly [tf.Tensor, tf.Tensor],
  c: tf.Tensor,
): tf.Tensor {
  const embedded = [s, t].map((time, index) => {
    const name = `time_embed.${index}`;
    const features = scalarEmbedding(parameters, name, embeddedTime(config, time), frequenciesOf(config, index));
    return alphaNorm(features, named(parameters, `${name}.mlp.3.alpha`));
  }) as [tf.Tensor, tf.Tensor];
  return tf.add(tf.mul(tf.add(...embedded), 0.5), linear(parameters, 'cond_embed', c));
}

/** x·alpha/√(1e-5 + variance) over the last axis: the variance is of N − 1 and centred, x itself is not centred. */
function alphaNorm(x: tf.Tensor, alpha: tf.Tensor): tf.Tensor {
  const width = x.shape[x.rank - 1] ?? 1;
  const squares = tf.sum(tf.square(tf.sub(x, tf.mean(x, -1, true))), -1, true);
  return tf.mul(tf.mul(x, alpha), tf.rsqrt(tf.add(tf.div(squares, width - 1), 1e-5)));
}
