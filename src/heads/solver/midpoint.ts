import * as tf from '@tensorflow/tfjs';
import { drift } from '../flow.ts';
import type { Solver } from './solver.ts';

/** The midpoint method: follow the slope found half a step ahead. */
export const midpoint: Solver = {
  title: 'midpoint',
  evaluations: 2,
  order: 2,
  step: (velocity, x, from, to) => {
    const duration = tf.sub(to, from);
    const half = tf.mul(duration, 0.5);
    const middle = drift(x, velocity(x, from), half);
    return { x: drift(x, velocity(middle, tf.add(from, half)), duration), memory: {} };
  },
};
