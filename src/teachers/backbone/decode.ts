/** Decoding a token at a time: keys and values of earlier positions are kept, only the new position is computed. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors, TensorSpec, TypedFunction } from '../../engine/graph/program.ts';
import { linear } from '../../heads/network/layers.ts';
import { type Attend, block, type Projections, rmsNorm, scoreScale } from './block.ts';
import { cacheShapes, pastName } from './cache.ts';
import { type BackboneConfig, sequenceLength } from './config.ts';
import { causal } from './transformer.ts';

/**
 * Runs the prompt. letters: one-hot [B, promptLength, vocabulary]. Gives `hidden` [B, W], which conditions the first
 * image token, and `key.<block>`, `value.<block>` [B, heads, promptLength, width / heads].
 */
function prefill(parameters: NamedTensors, config: BackboneConfig, inputs: NamedTensors): NamedTensors {
  const { promptLength, width } = config;
  const letters = named(inputs, 'letters');
  const [batch = 1] = letters.shape;
  const positions = tf.slice(named(parameters, 'position.weight'), [0, 0], [promptLength, width]);
  const x = tf.add(linear(parameters, 'letter_embed', letters), positions);
  const { state, kept } = run(parameters, config, x, () => causal(config));
  const last = tf.slice(state, [0, promptLength - 1, 0], [batch, 1, width]);
  return { hidden: tf.reshape(last, [batch, width]), ...kept };
}

/** Inputs of `prefill` beside the parameters. */
const prefillSpecs = ({ promptLength, vocabulary }: BackboneConfig): Record<string, TensorSpec> => ({
  letters: { shape: ['batch', promptLength, vocabulary] },
});

/** The prompt's program, the weights constants. */
export const promptProgram = (config: BackboneConfig): TypedFunction => ({
  fn: (inputs) => prefill(inputs, config, inputs),
  specs: prefillSpecs(config),
  outputs: ['hidden', ...Object.keys(cacheShapes(config))],
});

/** Inputs of `decodeStep` beside the parameters. */
export function stepSpecs(config: BackboneConfig): Record<string, TensorSpec> {
  const length = sequenceLength(config);
  return {
    token: { shape: ['batch', config.token] },
    place: { shape: [1, length] },
    mask: { shape: [1, length] },
    ...Object.fromEntries(
      Object.entries(cacheShapes(config)).map(([name, shape]) => [pastName(name), { shape: ['batch', ...shape] }]),
    ),
  };
}

/**
 * Runs one image token. token [B, token]; place [1, T]: one at its position, zero elsewhere; mask [1, T]: zero at
 * earlier positions, −1e9 elsewhere; the cache as `past.key.<block>`, `past.value.<block>`. Gives `hidden` [B, W], which
 * conditions the next image token, and the new `key.<block>`, `value.<block>` [B, heads, 1, width / heads].
 */
export function decodeStep(parameters: NamedTensors, config: BackboneConfig, inputs: NamedTensors): NamedTensors {
  const token = named(inputs, 'token');
  const past = (name: string): tf.Tensor => named(inputs, pastName(name));
  const [batch = 1] = token.shape;
  const position = tf.matMul(named(inputs, 'place'), named(parameters, 'position.weight')); // [1, W]
  const x = tf.reshape(tf.add(linear(parameters, 'patch_embed', token), position), [batch, 1, config.width]);
  const { state, kept } = run(parameters, config, x, (index) =>
    cached(config, past(`key.${index}`), past(`value.${index}`), named(inputs, 'mask')),
  );
  return { hidden: tf.reshape(state, [batch, config.width]), ...kept };
}

/** All blocks, and the keys and values they made. */
function run(
  parameters: NamedTensors,
  config: BackboneConfig,
  start: tf.Tensor,
  attendOf: (index: number) => Attend,
): { readonly state: tf.Tensor; readonly kept: NamedTensors } {
  const kept: Record<string, tf.Tensor> = {};
  let x = start;
  for (let index = 0; index < config.depth; index++) {
    const attend = attendOf(index);
    x = block(parameters, config, index, x, (projections) => {
      kept[`key.${index}`] = projections.key;
      kept[`value.${index}`] = projections.value;
      return attend(projections);
    });
  }
  return { state: rmsNorm(parameters, 'final_norm', x), kept };
}

/** Attention of one new position to the cached ones and to itself, without copying the cache. */
const cached =
  (config: BackboneConfig, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor): Attend =>
  ({ query, key, value }: Projections) => {
    const scaled = tf.div(query, scoreScale(config)); // [B, heads, 1, size]
    const earlier = tf.add(tf.matMul(scaled, keys, false, true), mask); // [B, heads, 1, T]
    const own = tf.sum(tf.mul(scaled, key), -1, true); // [B, heads, 1, 1]
    const weights = tf.softmax(tf.concat([earlier, own], 3));
    const [ofEarlier, ofOwn] = tf.split(weights, [sequenceLength(config), 1], 3) as [tf.Tensor, tf.Tensor];
    return tf.add(tf.matMul(ofEarlier, values), tf.mul(ofOwn, value));
  };
