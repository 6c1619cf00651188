import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { derivative } from '../../engine/graph/gradient.ts';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { meanSquare } from './distance.ts';
import { learnedWeight, weightParameters } from './learned-weight.ts';
import { defineMethod } from './method.ts';
import { drawTimes, timesSpecs, uniform } from './times.ts';

const options = z.strictObject({
  diagonal: z.number().min(0).max(1).default(0.75).describe('share of contexts at s = t, where the slope is learnt'),
  centre: z.number().default(0.4).describe('times are the logistic function of N(centre, 1)'),
  uniform,
  weighted: z
    .boolean()
    .default(false)
    .describe('whether a small network beside the student learns the weight of (s, t)'),
});

/**
 * Lagrangian map distillation (arXiv 2505.18825, eq. 12): where the jump X_{s,t}(x_s) lands, it must move on as the
 * teacher does, ∂_t X_{s,t}(x_s) = v(X_{s,t}(x_s), t). On the diagonal, s = t, that is u(x_t, t, t) = v(x_t, t). The
 * derivative in t is exact; x_s is a cached state.
 */
export const lagrangian = defineMethod({
  title: 'Lagrangian map distillation',
  source: 'arXiv 2505.18825, with the shares and times of pocket-tts (Kyutai)',
  options,
  sampler: 'flow-map',
  forwards: { student: 6, teacher: 1 },
  needs: { teacher: true },
  create: ({ diagonal, centre, uniform, weighted }) => ({
    specs: timesSpecs,
    draw: (cached, random) => drawTimes(cached, random, { diagonal, centre, uniform, toData: 0.5 }),
    targets: (u, batch, teacher) => {
      const t = named(batch, 't');
      return { slope: teacher(jumpOf(u)(named(batch, 'x_s'), named(batch, 's'), t), t) };
    },
    ...(weighted && { auxiliary: (_, seed) => weightParameters(seed) }),
    loss: (u, batch, targets, auxiliary) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const { tangent } = derivative((time) => jumpOf(u)(x, s, time), t, tf.onesLike(t));
      const slope = named(targets, 'slope');
      if (!weighted) return meanSquare(tangent, slope);
      return learnedWeight(auxiliary, tf.mean(tf.squaredDifference(tangent, slope), [1, 2]), s, t);
    },
  }),
});
