/** Options that several methods have. */
import { z } from 'zod';

/** `huber`: c of the pseudo-Huber distance. */
export const huber = z.number().positive().default(0.03).describe('c of the pseudo-Huber distance, in units of √D');

/** `endpoint`: how many pairs of a path are its ends. */
export const endpoint = z
  .number()
  .min(0)
  .max(1)
  .default(0.25)
  .describe('share of pairs that run from noise to data, s = 0 and t = 1');
