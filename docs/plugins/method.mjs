// A distillation method: between two cached points of a path, the student's mean velocity must be the chord's.
// fewstep run docs/plugins/method.yaml --allow-plugins
import * as tf from '@tensorflow/tfjs';
import { defineMethod, definePlugin, drawPairs, named, pairSpecs } from 'fewstep';
import { z } from 'zod';

const options = z.strictObject({
  power: z.number().min(0).max(2).default(1).describe('Pairs weigh (t − s) to this power.'),
});

const chord = defineMethod({
  title: 'Chords of the path',
  source: 'docs/plugins',
  options,
  sampler: 'flow-map', // the student jumps from step to step
  forwards: { student: 3 }, // one forward, and a backward, which counts two
  create: ({ power }) => ({
    specs: pairSpecs, // x_s and x_t [B, K, D], s and t [B]
    draw: (cached, random) => {
      const last = cached.grid.length - 1;
      const starts = random.integers(cached.contexts, last);
      return drawPairs(cached, (b) => [starts[b] ?? 0, last]);
    },
    loss: (u, batch) => {
      const [from, to, s, t] = ['x_s', 'x_t', 's', 't'].map((name) => named(batch, name));
      const duration = tf.reshape(tf.sub(t, s), [-1, 1, 1]);
      const slope = tf.div(tf.sub(to, from), duration);
      return tf.mean(tf.mul(tf.pow(duration, power), tf.squaredDifference(u(from, s, t), slope)));
    },
  }),
});

export default definePlugin({ methods: { chord } });
