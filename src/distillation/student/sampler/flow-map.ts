import { jumpOf } from '../network.ts';
import type { Sampler } from './sampler.ts';

/** The jump X_{s,t}. */
export const flowMap: Sampler = {
  move: jumpOf,
  renoises: false,
  twoTimes: true,
  label: 'jumps',
  meaning: (steps) => `The sampler by jumps between any two times, in its ${steps}.`,
};
