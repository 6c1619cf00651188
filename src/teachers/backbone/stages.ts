/** A token's way through the backbone in pieces, between which attention is computed elsewhere. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors, TensorSpec, TypedFunction } from '../../engine/graph/program.ts';
import { linear } from '../../heads/network/layers.ts';
import { afterAttention, projections, rmsNorm } from './block.ts';
import { type BackboneConfig, sequenceLength } from './config.ts';

/** What a piece leaves: the state x, and what the next block's attention is told, each [batch, W]. */
const handed = ['x', 'query', 'key', 'value'] as const;

/**
 * The pieces in their order, one more than blocks. The first takes `token` [batch, D] and `place` [1, T], one at its position;
 * the others the `x` before them and what attention gave, `attended` [batch, W]. All but the last give what the next block's
 * attention is told; the last gives `hidden` [batch, W], which conditions the next token. The weights are constants.
 */
export function stagePrograms(config: BackboneConfig): readonly TypedFunction[] {
  const { depth, width, token } = config;
  const state: TensorSpec = { shape: ['batch', width] };
  const first: TypedFunction = {
    specs: { token: { shape: ['batch', token] }, place: { shape: [1, sequenceLength(config)] } },
    outputs: handed,
    fn: (inputs) => {
      const position = tf.matMul(named(inputs, 'place'), named(inputs, 'position.weight')); // [1, W]
      return told(inputs, 0, tf.add(linear(inputs, 'patch_embed', named(inputs, 'token')), position));
    },
  };
  const after = (block: number): TypedFunction => ({
    specs: { x: state, attended: state },
    outputs: block + 1 === depth ? ['hidden'] : handed,
    fn: (inputs) => {
      const x = afterAttention(inputs, block, named(inputs, 'x'), named(inputs, 'attended'));
      return block + 1 === depth ? { hidden: rmsNorm(inputs, 'final_norm', x) } : told(inputs, block + 1, x);
    },
  });
  return [first, ...Array.from({ length: depth }, (_, block) => after(block))];
}

const told = (parameters: NamedTensors, block: number, x: tf.Tensor): NamedTensors => ({
  x,
  ...projections(parameters, block, x),
});
