import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { drift, perContext } from '../../heads/flow.ts';
import { meanSquare } from './distance.ts';
import { defineMethod } from './method.ts';
import { statesAt, timesSpecs } from './times.ts';

const options = z.strictObject({
  bootstrap: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe('share of contexts whose target is two jumps of half the size'),
});

/**
 * Shortcut models (arXiv 2410.12557, eq. 5), distilled: a jump of a dyadic size must be as two of half that size by the
 * averaged student, ½(u_{s,m} + u_{m,t}(X_{s,m})); the smallest are the teacher's slope. The paper's share of bootstraps is
 * one in eight; here the slope is exact and needs fewer contexts.
 */
export const shortcut = defineMethod({
  title: 'Shortcut (progressive self-distillation)',
  source: 'arXiv 2410.12557, with a teacher on the diagonal',
  options,
  sampler: 'flow-map',
  forwards: { student: 5, teacher: 1 },
  needs: { teacher: true, other: 'average' },
  create: ({ bootstrap }) => ({
    specs: timesSpecs,
    draw: (cached, random) => {
      const last = cached.grid.length - 1;
      const levels = Math.floor(Math.log2(last)) + 1;
      const jumps = random.uniform(cached.contexts);
      const level = random.integers(cached.contexts, levels);
      const place = random.uniform(cached.contexts);
      return statesAt(cached, (b) => {
        const moves = (jumps[b] ?? 1) < bootstrap;
        const size = moves ? 2 ** (level[b] ?? 0) : 0;
        const places = moves ? Math.floor(last / size) : last + 1; // the slope is learnt everywhere, data included
        const at = Math.floor((place[b] ?? 0) * places) * Math.max(1, size);
        return { at, t: cached.grid[at + size] ?? Number.NaN };
      });
    },
    targets: (_, batch, teacher, average) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const middle = tf.mul(tf.add(s, t), 0.5);
      const first = average(x, s, middle);
      const second = average(drift(x, first, tf.sub(middle, s)), middle, t);
      const still = perContext(tf.cast(tf.equal(s, t), 'float32'));
      const both = tf.mul(tf.add(first, second), 0.5);
      return { mean: tf.add(tf.mul(still, teacher(x, s)), tf.mul(tf.sub(1, still), both)) };
    },
    loss: (u, batch, targets) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      return meanSquare(u(x, s, t), named(targets, 'mean'));
    },
  }),
});
