import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { interpolate, perContext } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import { pseudoHuber } from './distance.ts';
import { huber } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawPairs, pairSpecs } from './pair.ts';

const options = z.strictObject({
  windows: z.number().int().min(1).max(64).default(4).describe('windows of time whose paths are straightened'),
  huber,
});

/** Share of contexts that jump over their whole window, as a sampler of as many steps as there are windows does. */
const WHOLE = 0.25;

/**
 * Piecewise rectified flow (PeRFlow, arXiv 2405.07510, eq. 7): the path is made straight between its cached states at the
 * ends of each window, u(x, r, r') = (x_t − x_s)/(t − s) at the points x of that chord and all later times r' of the window.
 * The second time tells whose slope is asked where a window ends and the next begins; a network of one time would learn
 * the mean of both. Jumps are then exact at as many steps as there are windows, and at their multiples.
 */
export const piecewiseReflow = defineMethod({
  title: 'Piecewise rectified flow',
  source: 'arXiv 2405.07510',
  options,
  sampler: 'flow-map',
  forwards: { student: 3 },
  create: ({ windows, huber }) => ({
    specs: (shape) => ({ ...pairSpecs(shape), share: { shape: [shape.contexts] }, ahead: { shape: [shape.contexts] } }),
    draw: (cached, random) => {
      const last = cached.grid.length - 1;
      const count = Math.min(windows, last);
      const edge = (window: number): number => Math.round((window * last) / count);
      const window = random.integers(cached.contexts, count);
      const [share, ahead] = [zeros([cached.contexts]), zeros([cached.contexts])];
      const [places, reaches, whole] = [0, 1, 2].map(() => random.uniform(cached.contexts));
      for (let b = 0; b < cached.contexts; b++) {
        const wholly = (whole?.[b] ?? 1) < WHOLE;
        share.data[b] = wholly ? 0 : (places?.[b] ?? 0);
        ahead.data[b] = wholly ? 1 : (reaches?.[b] ?? 0);
      }
      return { ...drawPairs(cached, (b) => [edge(window[b] ?? 0), edge((window[b] ?? 0) + 1)]), share, ahead };
    },
    loss: (u, batch) => {
      const [from, to, share] = [named(batch, 'x_s'), named(batch, 'x_t'), named(batch, 'share')];
      const [s, t] = [named(batch, 's'), named(batch, 't')];
      const time = tf.add(s, tf.mul(share, tf.sub(t, s)));
      const slope = tf.div(tf.sub(to, from), perContext(tf.sub(t, s)));
      const later = tf.add(time, tf.mul(named(batch, 'ahead'), tf.sub(t, time)));
      return pseudoHuber(u(interpolate(from, to, share), time, later), slope, huber);
    },
  }),
});
