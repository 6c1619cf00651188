import { z } from 'zod';
import { path, seed, whole } from '../../../ground/field.ts';

/** A program and its words, as no shell reads them. */
const words = (description: string) =>
  z
    .array(
      z
        .string()
        .regex(/^[^\0]{0,4096}$/)
        .meta({ patternErrorMessage: 'expected a text of at most 4096 characters' }),
    )
    .min(1)
    .max(256)
    .describe(description);

/** The user's own closed loop, which is run with the students' heads. */
export const commandSchema = z
  .strictObject({
    run: words(
      'Program and words of the closed loop, run without a shell, once for each head, step count, guidance scale and seed. ' +
        'Placeholders: {head}, {sampler} (of ONNX), {steps}, {guidance}, {seed}, {samples}, {out}.',
    ),
    teacher: words(
      "The same for the teacher; `run` with the teacher's head unless given. It must be given where the teacher was not imported, or the format is onnx.",
    ).exactOptional(),
    reads: z
      .enum(['tokens', 'images', 'metrics'])
      .describe('What it leaves in {out}: tokens.safetensors, a folder images, or metrics.json.'),
    format: z
      .enum(['original', 'onnx'])
      .exactOptional()
      .describe(
        'What {head} is, as `fewstep export --to` writes it; original where the teacher was imported, unless given, else onnx.',
      ),
    seeds: z
      .array(seed('A seed.'))
      .min(2)
      .max(32)
      .exactOptional()
      .describe(
        'Seeds that it is run with: two for tokens and images (the second makes the floor; 1 and 2 unless given), three or more for metrics (1 to 3).',
      ),
    timeout: whole(1, 604_800, 'Seconds after which it is ended.').default(3600),
    folder: path('Folder that it runs in; that of the recipe unless given.').default('.'),
  })
  .describe('A program of yours that runs your whole model; only with --allow-command.');
