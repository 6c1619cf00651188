import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { Stream } from '../../ground/random/philox.ts';
import { interpolate, perContext } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import { jumpOf, type MeanVelocity } from '../student/network.ts';
import { meanSquare, pseudoHuber } from './distance.ts';
import { huber } from './knobs.ts';
import { type CachedBatch, defineMethod } from './method.ts';

const options = z.strictObject({
  updates: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('steps of the fake velocity before each of the student'),
  counts: z.array(z.number().int().min(1).max(4)).min(1).default([1, 2, 4]).describe('step counts of the rollouts'),
  lowest: z.number().min(0).max(1).default(0.02).describe('earliest time at which the two velocities are compared'),
  highest: z.number().min(0).max(1).default(0.98).describe('latest time at which they are compared'),
  regression: z
    .number()
    .min(0)
    .default(0)
    .describe("weight of the distance of jumps from noise to their cached ends (DMD's 0.25; DMD2 has none)"),
  huber,
});

/** Mean distance of a sample to what the teacher makes of it below which no push is divided by less. */
const SMALL = 1e-3;

/**
 * Distribution matching distillation (DMD2, arXiv 2405.14867; DMD, 2311.18828): a sample X of the student, noised again,
 * moves along the difference between where the teacher's velocity sends it and where the velocity of the student's own
 * samples does, the fake one, which a second network learns by flow matching between the student's steps. Samples come
 * from the student's own rollouts with new noise between steps ("backward simulation").
 */
export const dmd2 = defineMethod({
  title: 'Distribution matching (DMD2)',
  source: 'arXiv 2405.14867, eq. 1 and section 4, without its discriminator',
  options,
  sampler: 'consistency-renoised',
  forwards: ({ updates, counts }) => ({
    student: Math.max(...counts) + 3,
    teacher: 1 / (updates + 1),
  }),
  training: { learningRate: 2e-4, ema: 0.99 },
  needs: { teacher: true, other: 'beside' },
  create: ({ updates, counts, lowest, highest, regression, huber }) => {
    const most = Math.max(...counts);
    return {
      specs: ({ contexts, draws, token }) => ({
        noise: { shape: [contexts, draws, token] },
        data: { shape: [contexts, draws, token] },
        again: { shape: [contexts, draws, token] },
        ...(most > 1 && { fresh: { shape: [contexts, most - 1, draws, token] } }),
        count: { shape: [contexts] },
        s: { shape: [contexts] },
        place: { shape: [contexts] },
      }),
      draw: (cached, random) => drawRollouts(cached, random, counts),
      targets: (u, batch, teacher, fake) => {
        const state = rollout(u, batch, most);
        const sample = endOf(u)(state, named(batch, 's'));
        const again = named(batch, 'again');
        const t = tf.add(lowest, tf.mul(named(batch, 'place'), highest - lowest));
        const noised = interpolate(again, sample, t);
        const rest = perContext(tf.sub(1, t));
        const real = tf.mul(rest, teacher(noised, t)); // how far it is to the end
        const push = tf.sub(real, tf.mul(rest, fake(noised, t, t)));
        const size = tf.mean(tf.abs(tf.sub(sample, tf.add(noised, real))), -1, true);
        return { state, aim: tf.add(sample, tf.div(push, tf.add(size, SMALL))) };
      },
      loss: (u, batch, targets) => {
        const s = named(batch, 's');
        const sample = endOf(u)(named(targets, 'state'), s);
        const matching = tf.mul(0.5, meanSquare(sample, named(targets, 'aim')));
        if (regression === 0) return matching;
        const first = perContext(tf.cast(tf.equal(s, 0), 'float32')); // of others the noise does not tell the end
        const off = pseudoHuber(tf.mul(first, sample), tf.mul(first, named(batch, 'data')), huber);
        return tf.add(matching, tf.mul(regression, off));
      },
      beside: {
        updates,
        targets: (u, batch) => {
          const sample = endOf(u)(rollout(u, batch, most), named(batch, 's'));
          const again = named(batch, 'again');
          return { noised: interpolate(again, sample, named(batch, 'place')), slope: tf.sub(sample, again) };
        },
        loss: (fake, batch, targets) => {
          const t = named(batch, 'place');
          return meanSquare(fake(named(targets, 'noised'), t, t), named(targets, 'slope'));
        },
      },
    };
  },
});

/** The data that the student predicts at x [B, K, D] and s [B]. */
const endOf =
  (u: MeanVelocity) =>
  (x: tf.Tensor, s: tf.Tensor): tf.Tensor =>
    jumpOf(u)(x, s, tf.onesLike(s));

/** The states from which the student's sampler takes its next step at s, after s·count steps from noise. */
function rollout(u: MeanVelocity, batch: NamedTensors, most: number): tf.Tensor {
  let state = named(batch, 'noise');
  if (most === 1) return state;
  const count = named(batch, 'count');
  const taken = tf.mul(named(batch, 's'), count);
  const fresh = tf.split(named(batch, 'fresh'), most - 1, 1).map((noise) => tf.squeeze(noise, [1]));
  for (const [step, noise] of fresh.entries()) {
    const end = endOf(u)(state, tf.div(step, count));
    const moved = interpolate(noise, end, tf.div(step + 1, count));
    const goes = perContext(tf.cast(tf.greater(taken, step + 0.5), 'float32')); // else it is at s already
    state = tf.add(state, tf.mul(goes, tf.sub(moved, state)));
  }
  return state;
}

/** Ends of cached paths, a step count and one of its steps for each context, and noises. */
function drawRollouts(cached: CachedBatch, random: Stream, counts: readonly number[]) {
  const { contexts, draws, token, grid } = cached;
  const size = draws * token;
  const more = Math.max(...counts) - 1;
  const drawn = {
    noise: zeros([contexts, draws, token]),
    data: zeros([contexts, draws, token]),
    again: { shape: [contexts, draws, token], data: random.normal(contexts * size) },
    ...(more > 0 && { fresh: { shape: [contexts, more, draws, token], data: random.normal(contexts * more * size) } }),
    count: zeros([contexts]),
    s: zeros([contexts]),
    place: { shape: [contexts], data: random.uniform(contexts) },
  };
  const which = random.integers(contexts, counts.length);
  const steps = random.uniform(contexts);
  for (let b = 0; b < contexts; b++) {
    const count = counts[which[b] ?? 0] ?? 1;
    drawn.noise.data.set(cached.state(b, 0), b * size);
    drawn.data.data.set(cached.state(b, grid.length - 1), b * size);
    drawn.count.data[b] = count;
    drawn.s.data[b] = Math.floor((steps[b] ?? 0) * count) / count;
  }
  return drawn;
}
