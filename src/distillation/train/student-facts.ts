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

/** The numbers of a training's products, and a step's float32 seconds over int8's where both were timed. */
export const trainedPrecision = z.strictObject({
  used: z.enum(['float32', 'int8']),
  speedup: z.number().positive().exactOptional(),
});

/** In which numbers a student was trained. */
export type TrainedPrecision = z.output<typeof trainedPrecision>;

/** What training a student cost; facts of its manifest. */
export const studentFacts = z.strictObject({
  /** Steps that were done: fewer than the recipe's where patience ended them. */
  steps: z.number().int(),
  samples: z.number().int(),
  /** Head forwards, those of a search of times with them; a backward counts two. */
  forwards: z.number(),
  seconds: z.number(),
  /** The student's own times, where the recipe asked for them. */
  searched: z.array(searchedSampler).exactOptional(),
  /** The best look at the held-out set: its weights are in a file of their own. */
  best: z.strictObject({ step: z.int(), heldOutEnergy: z.number() }).exactOptional(),
  /** In which numbers products were made, where the recipe leaves that open or asks for int8. */
  precision: trainedPrecision.exactOptional(),
  /** SHA-256 of the training's log. */
  log: z.string().exactOptional(),
});

/** The file of a student's weights within its folder. */
export const studentFile = 'student.safetensors';

/** The file of the best weights of its training. */
export const bestStudentFile = 'best.safetensors';
