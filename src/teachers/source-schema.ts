import { z } from 'zod';
import { path, positive, whole } from '../ground/field.ts';

const gaussian = z
  .strictObject({
    kind: z.literal('gaussian').describe('An exact Gaussian flow: the velocity is known in closed form.'),
    token: whole(1, 4096, 'Dimensions of a token.'),
    condition: whole(1, 16_384, 'Dimensions of a context.'),
    std: positive(100, 'Standard deviation of a token given its context.'),
    unconditionalStd: positive(100, 'Standard deviation without a context, for guidance.').default(1),
  })
  .describe('An exact Gaussian teacher.');

const mixture = z
  .strictObject({
    kind: z.literal('mixture').describe('An exact mixture of Gaussians, read from a safetensors file.'),
    path: path('Safetensors file of the mixture.'),
  })
  .describe('An exact mixture teacher.');

const digits = z
  .strictObject({
    kind: z.literal('digits').describe('A small autoregressive image model made by `fewstep teacher train`.'),
    path: path('Folder of the teacher.'),
  })
  .describe('A trained image teacher.');

const imported = z
  .strictObject({
    kind: z.literal('imported').describe('A head of another system, imported by `fewstep teacher import`.'),
    path: path('Folder of the imported head.'),
  })
  .describe('An imported head; its contexts come from a capture.');

/** The many-step teacher of a distillation. */
export const teacherSource = z
  .discriminatedUnion('kind', [gaussian, mixture, digits, imported])
  .describe('The many-step teacher to distil.');
