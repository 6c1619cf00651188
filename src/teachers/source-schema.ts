import { z } from 'zod';
import { path, positive, whole } from '../ground/field.ts';

/** The section of an exact Gaussian. */
export const gaussian = z
  .strictObject({
    kind: z.literal('gaussian').describe('An exact Gaussian flow: the velocity is known in closed form.'),
    token: whole(1, 4096, 'Dimensions of a token.'),
    condition: whole(1, 16_384, 'Dimensions of a context.'),
    std: positive(100, 'Standard deviation of a token given its context.'),
    unconditionalStd: positive(100, 'Standard deviation without a context, for guidance.').default(1),
  })
  .describe('An exact Gaussian teacher.');

/** The section of an exact mixture. */
export const mixture = z
  .strictObject({
    kind: z.literal('mixture').describe('An exact mixture of Gaussians, read from a safetensors file.'),
    path: path('Safetensors file of the mixture.'),
  })
  .describe('An exact mixture teacher.');

/** The section of a trained image teacher. */
export const digits = z
  .strictObject({
    kind: z.literal('digits').describe('A small autoregressive image model made by `fewstep teacher train`.'),
    path: path('Folder of the teacher.'),
  })
  .describe('A trained image teacher.');

/** The section of an imported head. */
export const imported = z
  .strictObject({
    kind: z.literal('imported').describe('A head of another system, imported by `fewstep teacher import`.'),
    path: path('Folder of the imported head.'),
  })
  .describe('An imported head; its contexts come from a capture.');
