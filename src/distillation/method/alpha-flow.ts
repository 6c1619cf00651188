import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { drift } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import { adaptive, power } from './adaptive.ts';
import { defineMethod } from './method.ts';
import { drawTimes, timesSpecs, uniform } from './times.ts';

const options = z
  .strictObject({
    diagonal: z.number().min(0).max(1).default(0.5).describe('share of contexts at s = t, where the slope is learnt'),
    centre: z.number().default(0.4).describe('times are the logistic function of N(centre, 1)'),
    uniform,
    power,
    start: z.number().min(0).max(1).default(0).describe('share of training at which α begins to fall from 1'),
    end: z.number().min(0).max(1).default(0.5).describe('and by which it has fallen'),
    least: z.number().gt(0).max(1).default(0.05).describe('the smallest α'),
  })
  .refine(({ start, end }) => end > start, { path: ['end'], message: 'expected more than start' });

/** How steep the fall is, between start and end. */
const STEEPNESS = 25;

/**
 * α-Flow (arXiv 2510.20771) distilled: u(x_s, s, t) against α·v + (1 − α)·u(x_s + αδ·v, s + αδ, t) with δ = t − s and the
 * teacher's guided v, while α falls from 1, where jumps are slopes, towards 0, where the target is the mean flow's. The
 * difference shrinks with α, so that its square is taken over α². No derivative is needed while α is not 0.
 */
export const alphaFlow = defineMethod({
  title: 'α-Flow',
  source: 'arXiv 2510.20771, with the teacher’s velocity as the tangent',
  options,
  sampler: 'flow-map',
  forwards: { student: 4, teacher: 1 },
  needs: { teacher: true },
  create: ({ diagonal, centre, uniform, power, ...schedule }) => ({
    specs: (shape) => ({ ...timesSpecs(shape), alpha: { shape: [1] } }),
    draw: (cached, random, progress) => {
      const alpha = zeros([1]);
      alpha.data[0] = alphaAt(progress, schedule);
      return { ...drawTimes(cached, random, { diagonal, centre, uniform, toData: 1 }), alpha };
    },
    targets: (u, batch, teacher) => {
      const [x, s, t, alpha] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't'), named(batch, 'alpha')];
      const slope = teacher(x, s);
      const ahead = tf.mul(alpha, tf.sub(t, s)); // αδ
      const later = u(drift(x, slope, ahead), tf.add(s, ahead), t);
      return { mean: tf.add(tf.mul(alpha, slope), tf.mul(tf.sub(1, alpha), later)) };
    },
    loss: (u, batch, targets) => {
      const [x, s, t, alpha] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't'), named(batch, 'alpha')];
      const off = tf.div(tf.sub(u(x, s, t), named(targets, 'mean')), alpha);
      return tf.mean(adaptive(tf.mean(tf.square(off), -1), power));
    },
  }),
});

/** α at a progress of training: 1 − sigmoid(25·(progress − middle)/(end − start)), no less than `least`. */
export function alphaAt(
  progress: number,
  { start, end, least }: Pick<z.output<typeof options>, 'start' | 'end' | 'least'>,
): number {
  const place = (progress - (start + end) / 2) / (end - start);
  return Math.max(least, 1 / (1 + Math.exp(STEEPNESS * place)));
}
