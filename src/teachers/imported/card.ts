import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../../ground/file/json.ts';
import { derived } from '../../ground/plugin/table.ts';
import { familyNames } from '../../heads/family/table.ts';
import { conventionsSchema } from '../../heads/network/conventions.ts';

const size = z.int().positive();

/** What card.json of an imported head holds; what it says of conventions may be edited. */
export const importedCardSchema = derived(() =>
  z.strictObject({
    format: z.literal('fewstep-imported-1'),
    name: z.string(),
    family: z.enum(familyNames()),
    /** What the names of the head's tensors start with in the file that it came from. */
    prefix: z.string(),
    sizes: z.strictObject({
      token: size,
      condition: size,
      width: size,
      depth: size,
      /** adaLN layers that blocks share; one a block unless given. */
      sharedLayers: size.exactOptional(),
      output: size,
      hidden: size,
      /** Of the time's embedding. */
      frequencies: size.exactOptional(),
      /** Of heads that are called once: dimensions of the noise that a token is made of. */
      noise: size.exactOptional(),
    }),
    parameters: size,
    /** Bytes of these as they are stored. */
    bytes: size,
    /** Tensors by element type. */
    dtypes: z.record(z.string(), size),
    /** Tensors that came along: full names. */
    extras: z.array(z.string()),
    timeScale: z.number().positive(),
    conventions: conventionsSchema.omit({ storedFrequencies: true, signature: true }),
    /** Whether the original normalises each sampled token (a LayerNorm without parameters). */
    useNorm: z.boolean(),
    /** What the latents are multiplied by before they are tokens. */
    latentScale: z.number().positive(),
    /** The file that it came from; of files above 1 GiB size and time of change stand for the checksum. */
    source: z.strictObject({
      path: z.string(),
      /** The dictionaries of tensors in a PyTorch file that were asked for. */
      select: z.array(z.string()),
      bytes: z.int().nonnegative(),
      modified: z.string(),
      sha256: z.string().exactOptional(),
    }),
    /** SHA-256 of weights.safetensors. */
    weights: z.string(),
  }),
);

/** What is known of an imported head beside its weights. */
export type ImportedCard = Readonly<z.output<ReturnType<typeof importedCardSchema>>>;

/** Reads the card in a folder. Throws FileError. */
export const readImportedCard = (folder: string): Promise<ImportedCard> =>
  readJson(join(folder, 'card.json'), importedCardSchema());
