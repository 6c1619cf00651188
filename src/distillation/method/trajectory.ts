import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { perContext } from '../../heads/flow.ts';
import { jumpOf } from '../student/network.ts';
import { pseudoHuber } from './distance.ts';
import { defineMethod } from './method.ts';
import { drawJumps, pairSpecs } from './pair.ts';

const options = z.strictObject({
  endpoint: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('share of pairs that run from noise to data, s = 0 and t = 1'),
  huber: z.number().positive().default(0.03).describe('c of the pseudo-Huber distance, in units of √D'),
});

/**
 * Trajectory regression: the jump from a random cached state must land on a later cached state of the same path. The
 * distance is between the mean velocities times √(t − s), between the weights of the slope's and the landing's error.
 */
export const trajectory = defineMethod({
  title: 'Trajectory regression',
  source: 'knowledge distillation (arXiv 2101.02388) on all pairs of a cached path',
  options,
  sampler: 'flow-map',
  forwards: { student: 3 },
  create: ({ endpoint, huber }) => ({
    specs: pairSpecs,
    draw: (cached, random) => drawJumps(cached, random, endpoint),
    loss: (u, batch) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const scale = perContext(tf.rsqrt(tf.sub(t, s)));
      const c = huber * Math.sqrt(x.shape[2] ?? 1);
      return pseudoHuber(tf.mul(jumpOf(u)(x, s, t), scale), tf.mul(named(batch, 'x_t'), scale), c);
    },
  }),
});
