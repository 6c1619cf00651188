import { z } from 'zod';

/** An estimate as files hold it. */
export const estimate = z
  .strictObject({ value: z.number(), low: z.number(), high: z.number() })
  .refine(({ low, high }) => low <= high, 'the interval must have low ≤ high');
