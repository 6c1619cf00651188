import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { landingDistance, landingScale, pseudoHuber } from './distance.ts';
import { huber, jumpKnobs } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawJumps, pairSpecs } from './pair.ts';

const options = z.strictObject({
  diagonal: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('share of the loss on the slope, u(x, t, t) against v(x, t)'),
  ...jumpKnobs,
  huber,
});

/**
 * Mean-velocity regression with the slope: trajectory regression, and beside it the teacher's velocity on the diagonal, as
 * the speech field trains it ("MeanFlow without JVP": dots.tts, arXiv 2606.07080; IntMeanFlow, 2510.07979). Each context
 * gives both terms: its jump, and the slope where the jump ends.
 */
export const meanVelocityRegression = defineMethod({
  title: 'Mean-velocity regression',
  source: 'arXiv 2510.07979, with the diagonal of 2606.07080',
  options,
  sampler: 'flow-map',
  forwards: { student: 6, teacher: 1 },
  needs: { teacher: true },
  create: ({ diagonal, huber, ...jumps }) => ({
    specs: pairSpecs,
    draw: (cached, random) => drawJumps(cached, random, jumps),
    targets: (_, batch, teacher) => ({ slope: teacher(named(batch, 'x_t'), named(batch, 't')) }),
    loss: (u, batch, targets) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const later = named(batch, 'x_t');
      const jump = landingDistance(jumpOf(u)(x, s, t), later, landingScale(s, t), huber);
      const slope = pseudoHuber(u(later, t, t), named(targets, 'slope'), huber);
      return tf.add(tf.mul(1 - diagonal, jump), tf.mul(diagonal, slope));
    },
  }),
});
