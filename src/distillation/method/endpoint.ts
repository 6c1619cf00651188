import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { pseudoHuber } from './distance.ts';
import { huber } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawPairs, pairSpecs } from './pair.ts';

const options = z.strictObject({
  huber,
});

/** Endpoint regression: one jump from noise must land where the teacher's path ends. A one-step specialist. */
export const endpoint = defineMethod({
  title: 'Endpoint regression',
  source: 'knowledge distillation, arXiv 2101.02388',
  options,
  sampler: 'flow-map',
  forwards: { student: 3 },
  needs: { steps: [1] },
  create: ({ huber }) => ({
    specs: pairSpecs,
    draw: (cached) => drawPairs(cached, () => [0, cached.grid.length - 1]),
    loss: (u, batch) => {
      const x = named(batch, 'x_s');
      const landed = jumpOf(u)(x, named(batch, 's'), named(batch, 't'));
      return pseudoHuber(landed, named(batch, 'x_t'), huber);
    },
  }),
});
