import { consistencyRenoised } from './consistency-renoised.ts';
import { flowMap } from './flow-map.ts';
import type { Sampler } from './sampler.ts';
import { velocity } from './velocity.ts';

/** How students take steps, by the names in their files. */
export const samplers = {
  'flow-map': flowMap,
  'consistency-renoised': consistencyRenoised,
  velocity,
} as const satisfies Readonly<Record<string, Sampler>>;

export type SamplerName = keyof typeof samplers;
