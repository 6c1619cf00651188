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

/**
 * Piecewise rectified flow (PeRFlow, arXiv 2405.07510, eq. 7): the path is made straight between its cached states at the
 * ends of each window, u(x, r, r) = (x_t − x_s)/(t − s) at the points x of that chord. Euler's method is then exact at as
 * many steps as there are windows.
 */
export const piecewiseReflow = defineMethod({
  title: 'Piecewise rectified flow',
  source: 'arXiv 2405.07510',
  options,
  sampler: 'velocity',
  forwards: { student: 3 },
  create: ({ windows, huber }) => ({
    specs: (shape) => ({ ...pairSpecs(shape), share: { shape: [shape.contexts] } }),
    draw: (cached, random) => {
      const last = cached.grid.length - 1;
      const count = Math.min(windows, last);
      const edge = (window: number): number => Math.round((window * last) / count);
      const window = random.integers(cached.contexts, count);
      const share = zeros([cached.contexts]);
      share.data.set(random.uniform(cached.contexts));
      return { ...drawPairs(cached, (b) => [edge(window[b] ?? 0), edge((window[b] ?? 0) + 1)]), share };
    },
    loss: (u, batch) => {
      const [from, to, share] = [named(batch, 'x_s'), named(batch, 'x_t'), named(batch, 'share')];
      const [s, t] = [named(batch, 's'), named(batch, 't')];
      const time = tf.add(s, tf.mul(share, tf.sub(t, s)));
      const slope = tf.div(tf.sub(to, from), perContext(tf.sub(t, s)));
      return pseudoHuber(u(interpolate(from, to, share), time, time), slope, huber);
    },
  }),
});
