import * as tf from '@tensorflow/tfjs';
import { drift } from '../../../heads/flow.ts';
import type { Sampler } from './sampler.ts';

/** A step of Euler along u(x, s, s). */
export const velocity: Sampler = {
  move: (u) => (x, s, t) => drift(x, u(x, s, s), tf.sub(t, s)),
  renoises: false,
  twoTimes: false,
  label: 'euler',
  meaning: (steps) => `The sampler by Euler along the velocity, in its ${steps}.`,
};
