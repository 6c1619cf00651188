import { z } from 'zod';
import { type SamplerName, samplers } from '../student/sampler/table.ts';

/** Times of a student that were searched: by which sampler, and how far their ends were and those of equal steps. */
const searchedSampler = z.strictObject({
  sampler: z.enum(Object.keys(samplers) as SamplerName[]),
  steps: z.int(),
  times: z.array(z.number()),
  error: z.number(),
  equal: z.number(),
});

/** The times that a search found for a sampler and a step count. */
export type SearchedSampler = z.output<typeof searchedSampler>;

/** What training a student cost; facts of its manifest. */
export const studentFacts = z.strictObject({
  steps: z.number().int(),
  samples: z.number().int(),
  /** Head forwards, those of a search of times with them; a backward counts two. */
  forwards: z.number(),
  seconds: z.number(),
  /** The student's own times, where the recipe asked for them. */
  searched: z.array(searchedSampler).exactOptional(),
  /** SHA-256 of the training's log. */
  log: z.string().exactOptional(),
});

/** The file of a student's weights within its folder. */
export const studentFile = 'student.safetensors';
