import { z } from 'zod';
import { engineSchema } from '../../../engine/engine-schema.ts';
import { featuresTraining } from '../../../engine/training/training-schema.ts';
import { path, seed, word } from '../../../ground/field.ts';
import { pluginsSchema } from '../../../ground/plugin/plugins-schema.ts';
import { derived } from '../../../ground/plugin/table.ts';
import { imageData } from '../../../teachers/data/data-schema.ts';

/** The training of a feature network for image metrics. */
export const featuresSchema = derived(() =>
  z
    .strictObject({
      kind: z.literal('features').describe('The training of a feature network: `fewstep features train`.'),
      name: word('Name of the feature network.'),
      plugins: pluginsSchema.exactOptional(),
      seed: seed('Seed of weights and batches.').default(1),
      engine: engineSchema,
      data: imageData(),
      training: featuresTraining,
      output: path('Folder that the network is written to.'),
    })
    .describe('Trains a feature network for image metrics.'),
);
