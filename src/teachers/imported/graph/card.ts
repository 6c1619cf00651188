import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../../../ground/file/json.ts';
import { conventionsSchema } from '../../../heads/network/conventions.ts';
import { graphHeadSchema } from '../../../heads/network/graph-config.ts';

/** What card.json of a head that came as ONNX holds; what it says of conventions may be edited. */
export const graphCardSchema = z.strictObject({
  format: z.literal('fewstep-onnx-1'),
  name: z.string(),
  head: graphHeadSchema,
  timeScale: z.number().positive(),
  conventions: conventionsSchema.pick({
    truncateTime: true,
    reversedTime: true,
    prediction: true,
    guidance: true,
    betas: true,
    startIndex: true,
  }),
  /** Numbers that are trained. */
  parameters: z.int().nonnegative(),
  /** The file that it came from. */
  source: z.strictObject({ path: z.string(), bytes: z.int().nonnegative(), sha256: z.string() }),
  /** SHA-256 of weights.safetensors. */
  weights: z.string(),
});

/** What is known of a head that came as ONNX beside its weights. */
export type GraphCard = Readonly<z.output<typeof graphCardSchema>>;

/** Reads the card in a folder. Throws FileError. */
export const readGraphCard = (folder: string): Promise<GraphCard> =>
  readJson(join(folder, 'card.json'), graphCardSchema);
