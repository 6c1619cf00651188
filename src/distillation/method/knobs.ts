/** Options that several methods have. */
import { z } from 'zod';

/** `huber`: c of the pseudo-Huber distance. */
export const huber = z.number().positive().default(0.03).describe('c of the pseudo-Huber distance, in units of √D');

/**
 * Which jumps a pair of cached states is: `endpoint`, `even` and `counts`. A sampler takes few of the jumps that there are
 * between cached times, so that these come more often than by chance.
 */
export const jumpKnobs = {
  endpoint: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('share of pairs that run from noise to data, s = 0 and t = 1'),
  even: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe('share of the others that are a step of a sampler with equal steps; the rest are between any two times'),
  counts: z
    .array(z.number().int().min(2).max(64))
    .min(1)
    .default([2, 4])
    .describe('how many equal steps such a sampler takes'),
};

/** The jumps that are trained. */
export type JumpKnobs = z.output<z.ZodObject<typeof jumpKnobs>>;
