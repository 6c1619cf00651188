import * as tf from '@tensorflow/tfjs';
import { drift } from '../flow.ts';
import type { Solver } from './solver.ts';

/** Euler's method: follow the slope at the start. On straight paths it is DDIM (arXiv 2010.02502). */
export const euler: Solver = {
  title: 'Euler',
  evaluations: 1,
  order: 1,
  step: (velocity, x, from, to) => ({ x: drift(x, velocity(x, from), tf.sub(to, from)), memory: {} }),
};
