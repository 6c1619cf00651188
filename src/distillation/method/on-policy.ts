import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { drift, perContext, type Velocity } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import { jumpOf } from '../student/network.ts';
import { landingDistance } from './distance.ts';
import { huber } from './knobs.ts';
import { defineMethod } from './method.ts';

const options = z.strictObject({
  counts: z.array(z.number().int().min(1).max(4)).min(1).default([1, 2, 4]).describe('step counts of the rollouts'),
  substeps: z.number().int().min(1).max(16).default(4).describe('midpoint steps of the teacher over a jump'),
  huber,
});

/**
 * On-policy distillation: the states are the student's own, after some of its steps from noise, and the teacher goes on
 * from there; the student's next jump must land where it does. What one step gets wrong the next is thus taught to
 * mend (as AnyFlow, arXiv 2605.13724, and π-Flow, 2510.14974, take states from rollouts). It finishes a student that
 * regression has made.
 */
export const onPolicy = defineMethod({
  title: 'On-policy regression',
  source: 'states from rollouts as in arXiv 2605.13724 and 2510.14974, regression onto the teacher from there',
  options,
  sampler: 'flow-map',
  forwards: ({ counts, substeps }) => ({ student: 2 + Math.max(...counts), teacher: 2 * substeps }),
  training: { learningRate: 5e-4 },
  needs: { teacher: true },
  create: ({ counts, substeps, huber }) => ({
    specs: ({ contexts, draws, token }) => ({
      noise: { shape: [contexts, draws, token] },
      count: { shape: [contexts] },
      s: { shape: [contexts] },
    }),
    draw: (cached, random) => {
      const { contexts, draws, token } = cached;
      const drawn = { noise: zeros([contexts, draws, token]), count: zeros([contexts]), s: zeros([contexts]) };
      const which = random.integers(contexts, counts.length);
      const place = random.uniform(contexts);
      for (let b = 0; b < contexts; b++) {
        const count = counts[which[b] ?? 0] ?? 1;
        drawn.noise.data.set(cached.state(b, 0), b * draws * token);
        drawn.count.data[b] = count;
        drawn.s.data[b] = Math.floor((place[b] ?? 0) * count) / count;
      }
      return drawn;
    },
    targets: (u, batch, teacher) => {
      const [count, s] = [named(batch, 'count'), named(batch, 's')];
      const after = (steps: number): tf.Tensor => tf.minimum(tf.div(steps, count), s); // at s it stays
      let state = named(batch, 'noise');
      for (let step = 1; step < Math.max(...counts); step++) state = jumpOf(u)(state, after(step - 1), after(step));
      return { state, landing: midpoints(teacher, state, s, tf.div(1, count), substeps) };
    },
    loss: (u, batch, targets) => {
      const [count, s, x] = [named(batch, 'count'), named(batch, 's'), named(targets, 'state')];
      const landed = jumpOf(u)(x, s, tf.add(s, tf.div(1, count)));
      const scale = perContext(tf.sqrt(count)); // 1/√(t − s)
      return landingDistance(landed, named(targets, 'landing'), scale, huber);
    },
  }),
});

/** The teacher's flow from s [B] over a duration [B] in equal midpoint steps. */
function midpoints(teacher: Velocity, x: tf.Tensor, s: tf.Tensor, duration: tf.Tensor, steps: number): tf.Tensor {
  const size = tf.div(duration, steps);
  const half = tf.mul(size, 0.5);
  let state = x;
  for (let step = 0; step < steps; step++) {
    const time = tf.add(s, tf.mul(size, step));
    const middle = drift(state, teacher(state, time), half);
    state = drift(state, teacher(middle, tf.add(time, half)), size);
  }
  return state;
}
