import { z } from 'zod';
import { path } from '../../ground/field.ts';
import { derived } from '../../ground/plugin/table.ts';
import { guidanceScale } from '../../heads/guidance-schema.ts';
import { type ImageDataName, imageDataNames, imageDataSet } from './table.ts';

const kindOf = (name: ImageDataName) => z.literal(name).describe(`${name}: ${imageDataSet(name).summary}`);

/** A data set's section in the recipe of a teacher. */
function tokenSection(name: ImageDataName) {
  const { sides, default: side } = imageDataSet(name).patch;
  const patch = z
    .literal([...sides])
    .default(side)
    .describe('Side of a square patch in pixels; a patch is one token.');
  return z.strictObject({ kind: kindOf(name), patch });
}

/** A data set's section in the recipe of a feature network. */
const imageSection = (name: ImageDataName) => z.strictObject({ kind: kindOf(name) });

/** A dataset cut into tokens. */
export const tokenData = derived(() => {
  const [first, ...others] = imageDataNames();
  return z
    .discriminatedUnion('kind', [tokenSection(first), ...others.map(tokenSection)])
    .describe('What the teacher learns from.');
});

/** A dataset of whole images with their labels. */
export const imageData = derived(() => {
  const [first, ...others] = imageDataNames();
  return z
    .discriminatedUnion('kind', [imageSection(first), ...others.map(imageSection)])
    .describe('What the feature network learns from.');
});

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
