import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import { drift } from '../flow.ts';
import { logRatio, stepRatio, towardsData } from './log-ratio.ts';
import type { Memory, Solver } from './solver.ts';

/**
 * UniPC-2 (arXiv 2302.04867, algorithms 5 and 6 with B(h) = e^h − 1) on the data prediction x1 = x + (1−t)·v with α = t,
 * σ = 1−t. A step first takes the one before again, now with the data predicted at its end, and goes on from there as
 * DPM-Solver++(2M) does; one evaluation serves both. The last step, into t = 1, is not corrected.
 */
export const unipc2: Solver = {
  title: 'UniPC-2',
  evaluations: 1,
  order: 2,
  memory: { x: 'state', data: 'state', time: 'time', earlierData: 'state', earlierTime: 'time' },
  step: (velocity, predicted, from, to, memory) => {
    const [last, time] = [named(memory, 'data'), named(memory, 'time')];
    const data = drift(predicted, velocity(predicted, from), tf.sub(1, from));
    const x = corrected(predicted, data, from, memory);
    const extrapolated = drift(data, tf.sub(data, last), tf.mul(stepRatio(time, from, to), 0.5));
    return {
      x: towardsData(x, extrapolated, from, to),
      memory: { x, data, time: from, earlierData: last, earlierTime: time },
    };
  },
};

/** The state at `end` [B, K, D], by the step that led there taken again; as predicted where there was none. */
function corrected(predicted: tf.Tensor, data: tf.Tensor, end: tf.Tensor, memory: Memory): tf.Tensor {
  const [x, last, time] = [named(memory, 'x'), named(memory, 'data'), named(memory, 'time')];
  const [earlier, earlierTime] = [named(memory, 'earlierData'), named(memory, 'earlierTime')];
  const taken = tf.less(time, end);
  const start = tf.where(taken, time, tf.zerosLike(time));
  const { ofEarlier, ofEnd } = weights(earlierTime, start, end);
  const mixed = drift(drift(last, tf.sub(last, earlier), ofEarlier), tf.sub(data, last), ofEnd);
  return drift(predicted, tf.sub(towardsData(x, mixed, start, end), predicted), tf.cast(taken, 'float32'));
}

/**
 * How much of the data's change before the step and within it is added to the data at its start, of UniC-2 (§ 3.2). A
 * step without one before it is of order one, where the official code has ½ for the change within.
 */
function weights(earlier: tf.Tensor, start: tf.Tensor, end: tf.Tensor) {
  const h = tf.sub(logRatio(end), logRatio(start));
  const ratio = stepRatio(earlier, start, end); // h/h_previous
  const bend = bendOf(h);
  const inverse = tf.div(1, tf.add(1, ratio)); // h_previous/(h_previous + h)
  const ofEarlier = tf.mul(tf.mul(bend, ratio), tf.mul(ratio, inverse));
  const second = tf.sub(tf.mul(tf.add(1, tf.mul(h, bend)), 0.5), tf.mul(tf.mul(bend, ratio), inverse));
  const known = tf.less(earlier, start);
  return {
    ofEarlier: tf.where(known, ofEarlier, tf.zerosLike(h)),
    ofEnd: tf.where(known, second, tf.fill(h.shape, 0.5)),
  };
}

/** coth(h/2)/h − 2/h², by its series below h = ½, where the two terms cancel (the series is exact to 1e-6 of it there, the other to 1e-5). */
export function bendOf(h: tf.Tensor): tf.Tensor {
  const square = tf.mul(h, h);
  const series = tf.add(1 / 6, tf.mul(square, tf.sub(tf.mul(square, 1 / 15_120), 1 / 360)));
  const decay = tf.exp(tf.neg(h));
  const hyperbolic = tf.div(tf.div(tf.add(1, decay), tf.sub(1, decay)), h);
  return tf.where(tf.less(h, 0.5), series, tf.sub(hyperbolic, tf.div(2, square)));
}
