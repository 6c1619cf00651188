import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { perContext } from '../../heads/flow.ts';
import { meanSquare } from './distance.ts';
import { defineMethod } from './method.ts';
import { alongPath } from './tangent.ts';
import { drawStates, statesSpecs, uniform } from './times.ts';

const options = z.strictObject({
  centre: z.number().default(0.4).describe('times are the logistic function of N(centre, 1)'),
  uniform: uniform.default(0),
  clamp: z.number().positive().default(1).describe('largest entry of the consistency tangent'),
  power: z.number().positive().default(0.5).describe('p of the relaxation 1 − s^p of the tangent'),
  anchor: z.number().min(0).default(1).describe('weight of flow matching, which keeps the slope'),
});

/**
 * Flow-anchored consistency (FACM, arXiv 2507.03738): the jump to data follows the clamped tangent of consistency,
 * u − (1 − s^p)·clamp(u − v − (1 − s)·du/ds), at the weight cos(πs/2), while the same network keeps the teacher's slope
 * on the diagonal. Both at the same states: the two times tell the network which is asked.
 */
export const facm = defineMethod({
  title: 'Flow-anchored consistency',
  source: 'arXiv 2507.03738, with the teacher’s velocity',
  options,
  sampler: 'consistency-renoised',
  forwards: { student: 7, teacher: 1 },
  needs: { teacher: true },
  create: ({ centre, uniform, clamp, power, anchor }) => ({
    specs: statesSpecs,
    draw: (cached, random) => drawStates(cached, random, { centre, uniform }),
    targets: (u, batch, teacher) => {
      const [x, s] = [named(batch, 'x_s'), named(batch, 's')];
      const slope = teacher(x, s);
      const { value, change } = alongPath(u, { x, s, t: tf.onesLike(s) }, slope);
      const off = tf.sub(value, tf.add(slope, tf.mul(perContext(tf.sub(1, s)), change)));
      const relaxed = tf.mul(perContext(tf.sub(1, tf.pow(s, power))), tf.clipByValue(off, -clamp, clamp));
      return { mean: tf.sub(value, relaxed), slope };
    },
    loss: (u, batch, targets) => {
      const [x, s] = [named(batch, 'x_s'), named(batch, 's')];
      const weight = perContext(tf.cos(tf.mul(s, Math.PI / 2)));
      const mean = tf.mean(tf.mul(weight, tf.squaredDifference(u(x, s, tf.onesLike(s)), named(targets, 'mean'))));
      return tf.add(mean, tf.mul(anchor, meanSquare(u(x, s, s), named(targets, 'slope'))));
    },
  }),
});
