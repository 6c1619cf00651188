import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { perContext } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import { defineMethod } from './method.ts';
import { alongPath, norms, rampAt } from './tangent.ts';
import { drawStates, statesSpecs, uniform } from './times.ts';

const options = z.strictObject({
  centre: z.number().default(1).describe('times are the logistic function of N(centre, spread²)'),
  spread: z
    .number()
    .positive()
    .default(1.4)
    .describe('their spread; the log noise levels N(−1, 1.4²) of the paper are these'),
  uniform: uniform.default(0),
  warmup: z.number().min(0).max(1).default(0.25).describe('share of training over which the derivative comes in'),
});

/**
 * Continuous-time consistency (sCM, arXiv 2410.11081, eq. 8) through the TrigFlow bridge τ = atan((1 − t)/t), σ_d = 1. In
 * our time, with c = cos τ, e = sin τ and the jump to data f = x_t + (1 − t)·u: the network of the paper is
 * F = (c − e)·x_t − u/(c + e), its tangent g = −c²·(v − u)/(c + e) − r·(c/(c + e)²·(v − u + (1 − t)·du/dt) − c²·(v − u)/(c + e)),
 * so that nothing cancels near the ends. The loss is ‖F − sg(F + g/(‖g‖ + 0.1))‖²·e^ℓ/D − ℓ with a learned ℓ(τ).
 */
export const scm = defineMethod({
  title: 'Continuous-time consistency (sCM)',
  source: 'arXiv 2410.11081, distilled',
  options,
  sampler: 'consistency-renoised',
  forwards: { student: 4, teacher: 1 },
  needs: { teacher: true },
  create: ({ centre, spread, uniform, warmup }) => ({
    specs: (shape) => ({ ...statesSpecs(shape), ramp: { shape: [1] } }),
    draw: (cached, random, progress) => ({
      ...drawStates(cached, random, { centre, spread, uniform }),
      ramp: rampAt(progress, warmup),
    }),
    auxiliary: () => ({ level: zeros([BINS]) }),
    targets: (u, batch, teacher) => {
      const [x, s] = [named(batch, 'x_s'), named(batch, 's')];
      const slope = teacher(x, s);
      const { value, change } = alongPath(u, { x, s, t: tf.onesLike(s) }, slope);
      const { cosine, sum } = angles(s);
      const apart = tf.sub(slope, value);
      const first = tf.neg(tf.mul(tf.div(tf.square(cosine), sum), apart));
      const whole = tf.neg(
        tf.mul(tf.div(cosine, tf.square(sum)), tf.add(apart, tf.mul(perContext(tf.sub(1, s)), change))),
      );
      const tangent = tf.add(first, tf.mul(named(batch, 'ramp'), tf.sub(whole, first)));
      const step = tf.div(tangent, tf.add(norms(tangent), 0.1));
      return { mean: tf.sub(value, tf.mul(sum, step)) }; // F moves by the step where u moves by −(c + e) times it
    },
    loss: (u, batch, targets, auxiliary) => {
      const [x, s] = [named(batch, 'x_s'), named(batch, 's')];
      const { sum } = angles(s);
      const off = tf.div(tf.sub(u(x, s, tf.onesLike(s)), named(targets, 'mean')), sum);
      const level = perContext(levelAt(named(auxiliary, 'level'), s));
      return tf.mean(tf.sub(tf.mul(tf.exp(level), tf.mean(tf.square(off), -1, true)), level));
    },
  }),
});

/** cos τ and cos τ + sin τ of times s [B], as [B, 1, 1]. */
function angles(s: tf.Tensor): { readonly cosine: tf.Tensor; readonly sum: tf.Tensor } {
  const rest = tf.sub(1, s);
  const length = tf.sqrt(tf.add(tf.square(s), tf.square(rest)));
  return { cosine: perContext(tf.div(s, length)), sum: perContext(tf.div(1, length)) };
}

/** Places of the learned log weight over time. */
const BINS = 16;

/** A function of time that is linear between its places [BINS]; s [B] gives [B]. */
function levelAt(places: tf.Tensor, s: tf.Tensor): tf.Tensor {
  const at = tf.mul(tf.reshape(s, [-1, 1]), BINS - 1);
  const tent = tf.relu(tf.sub(1, tf.abs(tf.sub(at, tf.reshape(tf.range(0, BINS), [1, BINS])))));
  return tf.reshape(tf.matMul(tent as tf.Tensor2D, tf.reshape(places, [BINS, 1]) as tf.Tensor2D), [-1]);
}
