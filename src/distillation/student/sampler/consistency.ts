import * as tf from '@tensorflow/tfjs';
import { drift } from '../../../heads/flow.ts';
import { jumpOf } from '../network.ts';
import type { Sampler } from './sampler.ts';

/**
 * The deterministic jump (1 − t)·ε + t·f, with f = X_{s,1}(x) the predicted data and ε = (x − s·f)/(1 − s) the noise
 * on the same straight path.
 */
export const consistency: Sampler = {
  move: (u) => (x, s, t) => {
    const data = jumpOf(u)(x, s, tf.onesLike(s));
    const slope = tf.div(tf.sub(data, x), tf.reshape(tf.sub(1, s), [-1, 1, 1])); // data − ε
    return drift(x, slope, tf.sub(t, s));
  },
  renoises: false,
  twoTimes: false,
  label: 'straight',
  meaning: (steps) => `The sampler straight towards the predicted data, in its ${steps}.`,
};
