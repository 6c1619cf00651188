import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { landingDistance, landingScale } from './distance.ts';
import { huber, jumpKnobs } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawJumps, pairSpecs } from './pair.ts';

const options = z.strictObject({
  ...jumpKnobs,
  huber,
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
  create: ({ huber, ...jumps }) => ({
    specs: pairSpecs,
    draw: (cached, random) => drawJumps(cached, random, jumps),
    loss: (u, batch) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      return landingDistance(jumpOf(u)(x, s, t), named(batch, 'x_t'), landingScale(s, t), huber);
    },
  }),
});
