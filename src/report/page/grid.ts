import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sharp } from 'sharp';
import type { Evaluation, EvaluationRow } from '../../evaluation/stage/result.ts';
import { FileError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { pathInside } from '../../ground/file/inside.ts';
import { loadSharp } from '../../teachers/data/pictures.ts';
import type { GridImage } from './data.ts';

/** How a page holds its grids: the encodings to try, best first, until all fit into a number of characters. */
interface Plan {
  readonly encodings: readonly Encoding[];
  readonly bytes: number;
}

interface Encoding {
  readonly type: 'png' | 'webp';
  readonly apply: (image: Sharp) => Sharp;
}

const asTheyAre: Encoding = { type: 'png', apply: (image) => image };

const webp = (quality: number, width: number): Encoding => ({
  type: 'webp',
  apply: (image) => image.resize({ width, withoutEnlargement: true }).webp({ quality, effort: 4 }),
});

const plans: Readonly<Record<'full' | 'compact', Plan>> = {
  full: { encodings: [asTheyAre, webp(82, 1600), webp(70, 800), webp(50, 500)], bytes: 800_000 },
  compact: { encodings: [webp(60, 480), webp(45, 400), webp(35, 320), webp(25, 240)], bytes: 90_000 },
};

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
}

async function encode(path: string, bytes: Buffer, { type, apply }: Encoding): Promise<GridImage> {
  const sharp = await loadSharp();
  try {
    const result = type === 'png' ? bytes : await apply(sharp(bytes)).toBuffer();
    const { width, height } = await sharp(result).metadata();
    return { uri: `data:image/${type};base64,${result.toString('base64')}`, width, height };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new FileError(`${path}: expected a picture of samples: ${what}`, { cause });
  }
}

type Files = ReadonlyMap<string, Buffer>;

async function encodeAll(folder: string, files: Files, encoding: Encoding): Promise<ReadonlyMap<string, GridImage>> {
  const encoded = new Map<string, GridImage>();
  for (const [path, bytes] of files) encoded.set(path, await encode(join(folder, path), bytes, encoding));
  return encoded;
}

const sizeOf = (images: ReadonlyMap<string, GridImage>): number =>
  [...images.values()].reduce((sum, { uri }) => sum + uri.length, 0);

/** The teacher, and the students at the fewest and the most steps. */
function isEssential({ kind, name, steps }: EvaluationRow, rows: readonly EvaluationRow[]): boolean {
  const counts = rows.filter((row) => row.kind === kind && row.name === name).map((row) => row.steps);
  return kind !== 'solver' && (steps === Math.min(...counts) || steps === Math.max(...counts));
}

/**
 * The grids that a page shows, and further pictures, by their paths, as data URIs: PNGs as they are while they are few bytes, else WebP. A
 * compact page leaves out the solver baselines and the step counts between the fewest and the most. Throws FileError that names the grid that cannot be read.
 */
export async function gridImages(
  folder: string,
  { rows, realGrid }: Evaluation,
  { compact, further }: { readonly compact: boolean; readonly further: readonly string[] },
): Promise<ReadonlyMap<string, GridImage>> {
  const { encodings, bytes } = plans[compact ? 'compact' : 'full'];
  const shown = compact ? rows.filter((row) => isEssential(row, rows)) : rows;
  const paths = [realGrid, ...shown.map(({ grid }) => grid), ...further].filter((path) => path !== undefined);
  const files = new Map<string, Buffer>();
  for (const path of new Set(paths)) files.set(path, await read(await pathInside(folder, path)));
  let images: ReadonlyMap<string, GridImage> = new Map();
  for (const encoding of encodings) {
    images = await encodeAll(folder, files, encoding);
    if (sizeOf(images) <= bytes) break;
  }
  return images;
}
