import { z } from 'zod';
import { FileError } from '../../../ground/errors.ts';
import { readStage } from '../../../ground/file/manifest.ts';
import { namesIn } from '../../../ground/file/replace-folder.ts';
import { webFormat } from './model-file.ts';

const hash = z.string().regex(/^[0-9a-f]{4,64}$/);

/** What a bundle's manifest says of it, beside its files. */
export const bundleFacts = z.strictObject({
  bundle: z.literal(webFormat),
  recipe: z.strictObject({ name: z.string(), hash }),
  /** The image model: its name and the SHA-256 of its weights' file. */
  teacher: z.strictObject({ name: z.string(), sha256: hash }),
  /** Title of the data set that it was trained on, and where it came from. */
  data: z.strictObject({ title: z.string(), origin: z.string() }),
  students: z.array(
    z.strictObject({ name: z.string(), method: z.string(), sha256: hash, steps: z.array(z.int().positive()) }),
  ),
  /** Largest relative difference of a program from its weights. */
  difference: z.number(),
  versions: z.strictObject({ fewstep: z.string(), onnxruntimeWeb: z.string().exactOptional() }),
});

/** Facts of a bundle. */
export type BundleFacts = z.output<typeof bundleFacts>;

/** Lets a folder be written that is new, empty or a whole bundle with nothing beside. Throws FileError on any other. */
export async function refuseOther(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length === 0) return;
  const expected = `${folder}: expected a new or empty folder, or a web bundle to replace`;
  const bundle = await readStage(folder, bundleFacts).catch((cause: unknown) => {
    throw new FileError(`${expected}; what is there is another's or damaged, and is left alone`, { cause });
  });
  const own = new Set(['manifest.json', ...(bundle?.files ?? []).map(({ path }) => path.split('/')[0])]);
  const other = names.find((name) => bundle === undefined || !own.has(name));
  if (other !== undefined) throw new FileError(`${expected}; found ${other}`);
}
