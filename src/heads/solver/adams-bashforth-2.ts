import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import { drift } from '../flow.ts';
import type { Solver } from './solver.ts';

/**
 * The two-step method of Adams and Bashforth for steps of any length: the slope, extrapolated to the middle of the step
 * along its change since the step before. The first step is Euler's.
 */
export const adamsBashforth2: Solver = {
  title: 'Adams–Bashforth 2',
  evaluations: 1,
  order: 2,
  memory: { slope: 'state', time: 'time' },
  step: (velocity, x, from, to, memory) => {
    const before = named(memory, 'slope');
    const time = named(memory, 'time');
    const duration = tf.sub(to, from);
    const slope = velocity(x, from);
    const ahead = tf.div(duration, tf.mul(tf.sub(from, time), 2)); // h/(2·h_previous)
    const weight = tf.where(tf.less(time, from), ahead, tf.zerosLike(ahead));
    return {
      x: drift(x, drift(slope, tf.sub(slope, before), weight), duration),
      memory: { slope, time: from },
    };
  },
};
