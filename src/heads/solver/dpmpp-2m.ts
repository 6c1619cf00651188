import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import { drift } from '../flow.ts';
import { stepRatio, towardsData } from './log-ratio.ts';
import type { Solver } from './solver.ts';

/**
 * DPM-Solver++(2M) (arXiv 2211.01095, algorithm 2) on the data prediction x1 = x + (1−t)·v with α = t, σ = 1−t. The
 * exponential integrator's first-order step is Euler's on straight paths, and the infinite ends of λ vanish with it:
 * the first step, the one after a start at t = 0 and the last one into t = 1 are of first order.
 */
export const dpmpp2m: Solver = {
  title: 'DPM-Solver++(2M)',
  evaluations: 1,
  order: 2,
  memory: { data: 'state', time: 'time' },
  step: (velocity, x, from, to, memory) => {
    const data = drift(x, velocity(x, from), tf.sub(1, from));
    const half = tf.mul(stepRatio(named(memory, 'time'), from, to), 0.5);
    const extrapolated = drift(data, tf.sub(data, named(memory, 'data')), half);
    return { x: towardsData(x, extrapolated, from, to), memory: { data, time: from } };
  },
};
