import { z } from 'zod';
import { estimate } from '../../ground/estimate-schema.ts';
import type { Breakdown } from './breakdown.ts';

/** Contexts and tokens of an image, at most. */
const MANY = 1_000_000;

const numbers = z.array(z.number()).max(MANY);
const point = z.tuple([z.number(), z.number()]).readonly();
const points = z.array(point).max(MANY);
const scales = z.array(z.strictObject({ guidance: z.number(), energyDistance: estimate })).max(MANY);

/** Where a row's distance comes from, as `evaluation.json` holds it. */
export const breakdownSchema: z.ZodType<Breakdown> = z.strictObject({
  contexts: z.strictObject({
    position: z.array(z.int().nonnegative()).max(MANY),
    energyDistance: numbers,
    worst: z.array(z.strictObject({ context: z.int().nonnegative(), samples: points, teacher: points })).max(MANY),
  }),
  guidance: z
    .strictObject({ nearest: scales, ends: scales, response: z.number().nonnegative().exactOptional() })
    .exactOptional(),
  tokens: z
    .strictObject({ energyDistance: numbers, dispersion: z.array(z.number().nullable()).max(MANY) })
    .exactOptional(),
});
