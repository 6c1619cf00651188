import { z } from 'zod';
import { consistencyForwards, consistencyOptions, withinPhases } from './consistency.ts';
import { defineMethod } from './method.ts';

const options = z.strictObject({
  phases: z
    .array(z.number().int().min(1).max(64))
    .min(1)
    .default([1, 2, 4])
    .describe('numbers of phases: the step counts at which its jumps are taught'),
  ...consistencyOptions,
});

/**
 * Phased consistency (PCM, arXiv 2405.18407): two states of a phase must map to its end, so that as many jumps as there are
 * phases lead along the path, without new noise. One student learns several numbers of phases: a jump is told its end.
 */
export const phasedConsistency = defineMethod({
  title: 'Phased consistency',
  source: 'arXiv 2405.18407, several numbers of phases at once',
  options,
  sampler: 'flow-map',
  otherSampler: 'consistency-renoised',
  forwards: consistencyForwards,
  create: ({ phases, ...knobs }) => withinPhases(phases, knobs),
});
