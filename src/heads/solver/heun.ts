import * as tf from '@tensorflow/tfjs';
import { drift } from '../flow.ts';
import type { Solver } from './solver.ts';

/** Heun's method: step along one slope, then redo it along the mean of both ends' slopes. */
export const heun: Solver = {
  title: 'Heun',
  evaluations: 2,
  order: 2,
  atBothEnds: true,
  step: (velocity, x, from, to) => {
    const duration = tf.sub(to, from);
    const slope = velocity(x, from);
    const guess = drift(x, slope, duration);
    return { x: drift(x, tf.mul(tf.add(slope, velocity(guess, to)), 0.5), duration), memory: {} };
  },
};
