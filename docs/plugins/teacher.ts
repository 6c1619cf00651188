// A teacher: a Gaussian around a wave of the hidden state, whose velocity is known exactly.
// fewstep run docs/plugins/teacher.yaml --allow-plugins
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { definePlugin, defineTeacher, guide, perContext, randomContexts } from 'fewstep';
import { z } from 'zod';

const section = z
  .strictObject({
    kind: z.literal('wave'), // its name in recipes
    token: z.int().min(1).max(64).describe('Dimensions of a token, and of a context.'),
    amplitude: z.number().min(0).max(10).describe('How far the wave goes.'),
    std: z.number().gt(0).max(10).describe('Standard deviation around it.'),
  })
  .describe('A Gaussian around a wave.');

/** Slope at x [B, K, D] and t [B] of the straight-line flow to N(mean, std²), mean [B, D]. */
function slope(mean: tf.Tensor, std: number, x: tf.Tensor, t: tf.Tensor): tf.Tensor {
  const [time, middle] = [perContext(t), tf.expandDims(mean, 1)];
  const rest = tf.sub(1, time);
  const variance = tf.add(tf.square(rest), tf.mul(std ** 2, tf.square(time)));
  const gain = tf.div(tf.sub(tf.mul(std ** 2, time), rest), variance);
  return tf.add(middle, tf.mul(gain, tf.sub(x, tf.mul(time, middle))));
}

const wave = defineTeacher({
  section,
  load: async ({ token, amplitude, std }) => ({
    name: 'wave',
    hash: createHash('sha256').update(JSON.stringify({ token, amplitude, std })).digest('hex'),
    token,
    condition: token,
    parameters: {},
    velocity: (_, { conditional, w }) => {
      const mean = tf.mul(amplitude, tf.sin(tf.mul(2, conditional)));
      const nothing = tf.zerosLike(mean); // without the prompt the wave is flat
      return (x, t) => guide(slope(mean, std, x, t), slope(nothing, std, x, t), w);
    },
    contexts: async (request) => randomContexts(request, token),
    dispose: async () => {},
  }),
});

export default definePlugin({ teachers: { wave } });
