import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { perContext } from '../../heads/flow.ts';
import { jumpOf } from '../student/network.ts';
import { energyScore, pseudoHuber } from './distance.ts';
import { defineMethod } from './method.ts';
import { drawJumps, pairSpecs } from './pair.ts';

const options = z.strictObject({
  endpoint: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('share of pairs that run from noise to data, s = 0 and t = 1'),
  regression: z.number().min(0).default(0.1).describe('weight of the distance to the same path beside the score'),
  huber: z.number().positive().default(0.03).describe('c of the pseudo-Huber distance, in units of √D'),
});

/**
 * Energy score finisher (the loss of EAR, arXiv 2505.07812): the jumps of a context's K draws must have the distribution
 * of its K cached states at the later time, whichever goes where, 2·E‖X − y‖ − E‖X − X'‖ over different draws.
 */
export const energy = defineMethod({
  title: 'Energy score',
  source: 'arXiv 2505.07812, on jumps between all times of a cached path',
  options,
  sampler: 'flow-map',
  forwards: { student: 3 },
  training: { learningRate: 1e-3 },
  create: ({ endpoint, regression, huber }) => ({
    specs: pairSpecs,
    draw: (cached, random) => drawJumps(cached, random, endpoint),
    loss: (u, batch) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const scale = perContext(tf.rsqrt(tf.sub(t, s)));
      const [landed, cached] = [tf.mul(jumpOf(u)(x, s, t), scale), tf.mul(named(batch, 'x_t'), scale)];
      const score = tf.mean(energyScore(landed, cached));
      const c = huber * Math.sqrt(x.shape[2] ?? 1);
      return tf.add(score, tf.mul(regression, pseudoHuber(landed, cached, c)));
    },
  }),
});
