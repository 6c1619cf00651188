import { z } from 'zod';

/** What training a student cost; facts of its manifest. */
export const studentFacts = z.strictObject({
  steps: z.number().int(),
  samples: z.number().int(),
  /** Head forwards; a backward counts two. */
  forwards: z.number(),
  seconds: z.number(),
  /** SHA-256 of the training's log. */
  log: z.string().exactOptional(),
});

/** The file of a student's weights within its folder. */
export const studentFile = 'student.safetensors';
