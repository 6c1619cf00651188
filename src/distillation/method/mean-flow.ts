import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { perContext } from '../../heads/flow.ts';
import { adaptive, power } from './adaptive.ts';
import { defineMethod } from './method.ts';
import { alongPath, norms, rampAt } from './tangent.ts';
import { drawTimes, timesSpecs, uniform } from './times.ts';

const options = z.strictObject({
  diagonal: z.number().min(0).max(1).default(0.5).describe('share of contexts at s = t, where the slope is learnt'),
  centre: z.number().default(0.4).describe('times are the logistic function of N(centre, 1)'),
  uniform,
  power,
  warmup: z.number().min(0).max(1).default(0.25).describe('share of training over which the derivative comes in'),
  normalize: z.boolean().default(false).describe('whether the tangent is divided by its norm + 0.1 (AYF, sCM)'),
});

/**
 * Mean flows distilled (MeanFlow, arXiv 2505.13447, eq. 10; the Eulerian map distillation of AYF, 2506.14603): along the
 * teacher's path the landing of a jump does not change with its start, so u = v + (t − s)·du/ds. The teacher's guided
 * velocity is the tangent; the derivative is exact and no gradient flows through it.
 */
export const meanFlow = defineMethod({
  title: 'Mean flow (Eulerian map distillation)',
  source: 'arXiv 2505.13447, with the teacher of 2506.14603',
  options,
  sampler: 'flow-map',
  forwards: { student: 4, teacher: 1 },
  needs: { teacher: true },
  create: ({ diagonal, centre, uniform, power, warmup, normalize }) => ({
    specs: (shape) => ({ ...timesSpecs(shape), ramp: { shape: [1] } }),
    draw: (cached, random, progress) => ({
      ...drawTimes(cached, random, { diagonal, centre, uniform, toData: 1 }),
      ramp: rampAt(progress, warmup),
    }),
    targets: (u, batch, teacher) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const slope = teacher(x, s);
      const { value, change } = alongPath(u, { x, s, t }, slope);
      const duration = perContext(tf.mul(tf.sub(t, s), named(batch, 'ramp')));
      const tangent = tf.sub(tf.add(slope, tf.mul(duration, change)), value);
      return { mean: tf.add(value, normalize ? tf.div(tangent, tf.add(norms(tangent), 0.1)) : tangent) };
    },
    loss: (u, batch, targets) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const square = tf.mean(tf.squaredDifference(u(x, s, t), named(targets, 'mean')), -1);
      return tf.mean(adaptive(square, power));
    },
  }),
});
