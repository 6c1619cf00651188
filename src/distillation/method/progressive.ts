import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { landingDistance, landingScale } from './distance.ts';
import { huber } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawPairs, pairSpecs } from './pair.ts';

const options = z.strictObject({
  jumps: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('steps of the student, half of those of the one it starts from'),
  huber,
});

/**
 * Progressive distillation (arXiv 2202.00512, algorithm 2): one jump must land where two jumps of half its size by the
 * student that it started from do, from states of the teacher's paths. Halve again with a further student from this one;
 * what one stage gets wrong the next one copies.
 */
export const progressive = defineMethod({
  title: 'Progressive distillation',
  source: 'arXiv 2202.00512, a stage a student',
  options,
  sampler: 'flow-map',
  forwards: { student: 5 },
  needs: { init: true, other: 'start' },
  create: ({ jumps, huber }) => ({
    specs: pairSpecs,
    draw: (cached, random) => {
      const last = cached.grid.length - 1;
      const count = Math.min(jumps, last);
      const edge = (place: number): number => Math.round((place * last) / count);
      const place = random.integers(cached.contexts, count);
      return drawPairs(cached, (b) => [edge(place[b] ?? 0), edge((place[b] ?? 0) + 1)]);
    },
    targets: (_, batch, __, start) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const middle = tf.mul(tf.add(s, t), 0.5);
      const jump = jumpOf(start);
      return { landing: jump(jump(x, s, middle), middle, t) };
    },
    loss: (u, batch, targets) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      return landingDistance(jumpOf(u)(x, s, t), named(targets, 'landing'), landingScale(s, t), huber);
    },
  }),
});
