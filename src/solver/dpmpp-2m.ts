import * as tf from '@tensorflow/tfjs';
import { drift, perContext } from '../flow.ts';
import type { Solver } from './solver.ts';

/** Half the log signal-to-noise ratio of a straight path, log(t/(1−t)): −∞ at noise, ∞ at data. */
const logRatio = (t: tf.Tensor): tf.Tensor => tf.sub(tf.log(t), tf.log(tf.sub(1, t)));

/**
 * DPM-Solver++(2M) (arXiv 2211.01095, algorithm 2) on the data prediction x1 = x + (1−t)·v with α = t, σ = 1−t. The
 * exponential integrator's first-order step is Euler's on straight paths, and the infinite ends of λ vanish with it:
 * the first step, the one after a start at t = 0 and the last one into t = 1 are of first order.
 */
export const dpmpp2m: Solver = {
  title: 'DPM-Solver++(2M)',
  evaluations: 1,
  order: 2,
  step: (velocity, x, from, to, memory) => {
    const data = drift(x, velocity(x, from), tf.sub(1, from));
    const start = logRatio(from);
    const ratio = tf.div(tf.sub(logRatio(to), start), tf.mul(tf.sub(start, logRatio(memory.time)), 2));
    const firstOrder = tf.logicalOr(tf.greaterEqual(to, 1), tf.greaterEqual(memory.time, from));
    const weight = tf.where(firstOrder, tf.zerosLike(ratio), ratio); // h/(2·h_previous)
    const corrected = drift(data, tf.sub(data, memory.data), weight);
    const keep = tf.div(tf.sub(1, to), tf.sub(1, from)); // σ_to/σ_from
    const towards = tf.sub(to, tf.mul(keep, from)); // α_to − α_from·σ_to/σ_from
    return {
      x: tf.add(tf.mul(perContext(keep), x), tf.mul(perContext(towards), corrected)),
      memory: { data, time: from },
    };
  },
};
