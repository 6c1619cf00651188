// An architecture of heads: time and context are added in each block, where the built-in ones multiply by them.
// fewstep run docs/plugins/head.yaml --allow-plugins
import * as tf from '@tensorflow/tfjs';
import { architectures, definePlugin, linear, normalize, silu } from 'fewstep';

const { fixed } = architectures.residual.template;
const kept = ['time_embed', 'cond_embed', 'input_proj', 'final_layer.linear']; // of the usual ends, under their names
const [wide, square] = [[['width', 1]], [['width', 1], ['width', 1]]]; // biome-ignore format: shapes

const additive = {
  template: {
    sign: 'layers.0.context.weight', // a tensor by which a file's architecture is told
    fixed: Object.fromEntries(Object.entries(fixed).filter(([name]) => kept.some((part) => name.startsWith(part)))),
    blocks: 'layers',
    block: { 'mlp.weight': square, 'mlp.bias': wide, 'context.weight': square, 'context.bias': wide },
  },
  embed: architectures.residual.embed, // [B, W] of times and hidden state
  modulate: (parameters, { depth, width }, y) => {
    const blocks = Array.from({ length: depth }, (_, i) => {
      const shift = tf.reshape(linear(parameters, `layers.${i}.context`, silu(y)), [-1, 1, width]);
      return { shift, scale: shift, gate: shift };
    });
    return { blocks, final: blocks[0] };
  },
  apply: (parameters, x, { blocks }) => {
    let h = linear(parameters, 'input_proj', x); // [B, K, W]
    for (const [i, { shift }] of blocks.entries())
      h = tf.add(h, silu(tf.add(linear(parameters, `layers.${i}.mlp`, normalize(h)), shift)));
    return linear(parameters, 'final_layer.linear', normalize(h));
  },
};

export default definePlugin({ heads: { additive } });
