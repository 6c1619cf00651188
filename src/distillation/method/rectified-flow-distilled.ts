import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { samplers } from '../student/sampler/table.ts';
import { pseudoHuber } from './distance.ts';
import { huber } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawPairs, pairSpecs } from './pair.ts';

const options = z.strictObject({
  huber,
});

/**
 * The second stage of InstaFlow (arXiv 2309.06380, eq. 6): one Euler step of the rectified velocity from noise must land
 * on the teacher's end point. A one-step specialist, started from a rectified-flow student.
 */
export const rectifiedFlowDistilled = defineMethod({
  title: 'Rectified flow, distilled',
  source: 'arXiv 2309.06380, stage 2',
  options,
  sampler: 'velocity',
  forwards: { student: 3 },
  needs: { init: true, steps: [1] },
  create: ({ huber }) => ({
    specs: pairSpecs,
    draw: (cached) => drawPairs(cached, () => [0, cached.grid.length - 1]),
    loss: (u, batch) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const landed = samplers.velocity.move(u)(x, tf.zerosLike(s), t, x);
      return pseudoHuber(landed, named(batch, 'x_t'), huber);
    },
  }),
});
