import * as tf from '@tensorflow/tfjs';
import { interpolate } from '../../../heads/flow.ts';
import { jumpOf } from '../network.ts';
import type { Sampler } from './sampler.ts';

/** (1 − t)·z + t·f with f the predicted data and new noise z (arXiv 2303.01469, algorithm 1). */
export const consistencyRenoised: Sampler = {
  move: (u) => (x, s, t, fresh) => interpolate(fresh, jumpOf(u)(x, s, tf.onesLike(s)), t),
  renoises: true,
  twoTimes: false,
  label: 're-noised',
  meaning: (steps) => `The sampler with new noise between its ${steps}: also \`fresh_noise\` [batch, steps − 1, D].`,
};
