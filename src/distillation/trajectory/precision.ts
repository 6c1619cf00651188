import { z } from 'zod';
import { estimate } from '../../ground/estimate-schema.ts';

/** In which numbers a cache is solved, and why. */
export const settledPrecision = z.strictObject({
  used: z.enum(['float32', 'int8']),
  /** A sentence. */
  reason: z.string().max(500),
  /** What int8 products were measured to do, where they could be had. */
  int8: z
    .strictObject({
      /** Conditional energy distance of int8's ends to float32's from other noise. */
      distance: estimate,
      /** The same of float32's ends to themselves. */
      floor: estimate,
      /** Root mean square difference of ends from the same noise, over the ends' own deviation. */
      endpointError: z.number().nonnegative(),
      /** Seconds of float32 over seconds of int8. */
      speedup: z.number().positive(),
      contexts: z.int().positive(),
      draws: z.int().positive(),
    })
    .exactOptional(),
});

/** In which numbers a cache is solved, and why. */
export type SettledPrecision = z.output<typeof settledPrecision>;
