import * as tf from '@tensorflow/tfjs';
import { drift } from '../flow.ts';
import type { Solver } from './solver.ts';

/** The classical fourth-order method of Runge and Kutta: the slopes of both ends, and twice those of the middle. */
export const rungeKutta4: Solver = {
  title: 'Runge–Kutta 4',
  evaluations: 4,
  order: 4,
  atBothEnds: true,
  step: (velocity, x, from, to) => {
    const duration = tf.sub(to, from);
    const half = tf.mul(duration, 0.5);
    const middle = tf.add(from, half);
    const first = velocity(x, from);
    const second = velocity(drift(x, first, half), middle);
    const third = velocity(drift(x, second, half), middle);
    const fourth = velocity(drift(x, third, duration), to);
    const sum = tf.addN([first, tf.mul(second, 2), tf.mul(third, 2), fourth]);
    return { x: drift(x, tf.div(sum, 6), duration), memory: {} };
  },
};
