import { z } from 'zod';
import { type EngineRecipe, engineSchema } from '../../engine/engine-schema.ts';
import { teacherTraining } from '../../engine/training/training-schema.ts';
import { number, path, seed, whole, word } from '../../ground/field.ts';
import type { Frozen } from '../../ground/frozen.ts';
import { pluginsSchema } from '../../ground/plugin/plugins-schema.ts';
import { derived } from '../../ground/plugin/table.ts';
import { headSchema } from '../../heads/network/head-schema.ts';
import { tokenData } from '../data/data-schema.ts';

const backbone = z
  .strictObject({
    width: whole(8, 16_384, 'Channels; a multiple of heads.'),
    depth: whole(1, 128, 'Transformer blocks.'),
    heads: whole(1, 256, 'Attention heads.'),
  })
  .describe('Size of the causal transformer.');

/** The training of an image teacher. */
export const teacherSchema = derived(() =>
  z
    .strictObject({
      kind: z.literal('teacher').describe('The training of a teacher: `fewstep teacher train`.'),
      name: word('Name of the teacher.'),
      plugins: pluginsSchema.exactOptional(),
      seed: seed('Seed of weights, batches and noise.').default(1),
      engine: engineSchema,
      data: tokenData(),
      backbone,
      head: headSchema,
      promptDropout: number(0, 0.9, 'Share of images whose prompt is dropped, which is what guidance needs.').default(
        0.1,
      ),
      training: teacherTraining,
      output: path('Folder that the teacher is written to.'),
    })
    .describe('Trains a teacher.'),
);

/** The training of an image teacher, settled. */
export type TeacherRecipe = Frozen<
  Omit<z.output<ReturnType<typeof teacherSchema>>, 'engine'> & { engine: EngineRecipe }
>;
