import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { interpolate } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import { pseudoHuber } from './distance.ts';
import { huber } from './knobs.ts';
import { defineMethod } from './method.ts';

const options = z.strictObject({
  huber,
  ends: z.number().min(0).max(10).default(4).describe('a of the time density exp(a·t) + exp(a·(1 − t)); 0 is uniform'),
});

/**
 * Reflow: 2-rectified flow on the teacher's own pairs (arXiv 2209.03003, algorithm 1), times drawn U-shaped and the
 * distance pseudo-Huber as in arXiv 2405.20320. The density is symmetric, so the direction of time does not matter.
 */
export const rectifiedFlow = defineMethod({
  title: 'Rectified flow (reflow)',
  source: 'arXiv 2209.03003, with the training of 2405.20320',
  options,
  sampler: 'velocity',
  forwards: { student: 3 },
  create: ({ huber, ends }) => ({
    specs: ({ contexts, draws, token }) => ({
      noise: { shape: [contexts, draws, token] },
      data: { shape: [contexts, draws, token] },
      t: { shape: [contexts] },
    }),
    draw: (cached, random) => {
      const { contexts, draws, token, grid } = cached;
      const pair = {
        noise: zeros([contexts, draws, token]),
        data: zeros([contexts, draws, token]),
        t: zeros([contexts]),
      };
      const side = random.uniform(contexts);
      const place = random.uniform(contexts);
      for (let b = 0; b < contexts; b++) {
        pair.noise.data.set(cached.state(b, 0), b * draws * token);
        pair.data.data.set(cached.state(b, grid.length - 1), b * draws * token);
        const near = nearOne(place[b] ?? 0, ends);
        pair.t.data[b] = (side[b] ?? 0) < 0.5 ? near : 1 - near;
      }
      return pair;
    },
    loss: (u, batch) => {
      const [noise, data, t] = [named(batch, 'noise'), named(batch, 'data'), named(batch, 't')];
      const slope = u(interpolate(noise, data, t), t, t);
      return pseudoHuber(slope, data.sub(noise), huber);
    },
  }),
});

/** A sample of the density ∝ exp(a·t) on [0, 1] from a uniform one. */
export const nearOne = (uniform: number, a: number): number =>
  a === 0 ? uniform : Math.log1p(uniform * Math.expm1(a)) / a;
