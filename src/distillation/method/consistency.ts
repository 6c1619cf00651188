import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { pseudoHuber } from './distance.ts';
import { defineMethod } from './method.ts';
import { drawPairs, pairSpecs } from './pair.ts';

const options = z.strictObject({
  huber: z.number().positive().default(0.00054).describe('c of the pseudo-Huber distance, in units of √D (iCT)'),
  coarsest: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('grid intervals of a teacher step at first; halved to 1'),
  curriculum: z.number().min(0).max(1).default(0.5).describe('share of training after which the step is one interval'),
});

/**
 * Consistency distillation (arXiv 2303.01469, algorithm 2) with the cache as the teacher: neighbouring states of one
 * path must map to the same data. As in iCT (arXiv 2310.14189) the target has the student's own weights, no average,
 * the distance is pseudo-Huber, the weight 1/Δt, and the steps get finer over training. f(x, 1) = x by construction.
 */
export const consistency = defineMethod({
  title: 'Consistency distillation',
  source: 'arXiv 2303.01469, with the improvements of 2310.14189',
  options,
  sampler: 'consistency',
  otherSampler: 'consistency-renoised',
  forwards: { student: 4 },
  create: ({ huber, coarsest, curriculum }) => ({
    specs: pairSpecs,
    draw: (cached, random, progress) => {
      const last = cached.grid.length - 1;
      const stride = strideAt(Math.min(coarsest, last), curriculum > 0 ? progress / curriculum : 1);
      const starts = random.integers(cached.contexts, Math.floor(last / stride));
      return drawPairs(cached, (b) => [(starts[b] ?? 0) * stride, (starts[b] ?? 0) * stride + stride]);
    },
    targets: (u, batch) => {
      const t = named(batch, 't');
      return { data: jumpOf(u)(named(batch, 'x_t'), t, tf.onesLike(t)) };
    },
    loss: (u, batch, targets) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const weight = tf.reshape(tf.div(1, tf.sub(t, s)), [-1, 1]);
      const c = huber * Math.sqrt(x.shape[2] ?? 1);
      return pseudoHuber(jumpOf(u)(x, s, tf.onesLike(s)), named(targets, 'data'), c, weight);
    },
  }),
});

/** The power of two that halves from `coarsest` to 1 as `progress` goes from 0 to 1. */
export function strideAt(coarsest: number, progress: number): number {
  const halvings = Math.floor(Math.log2(coarsest));
  const done = Math.min(halvings, Math.floor(progress * (halvings + 1)));
  return 2 ** (halvings - done);
}
