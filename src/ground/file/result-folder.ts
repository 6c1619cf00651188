import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileFailure, systemCode } from './failure.ts';
import { readJson, writeJson } from './json.ts';
import { removeTemporaries, writerOf } from './leftovers.ts';

const markSchema = z.looseObject({
  recipeHash: z.string().regex(/^[0-9a-f]{4,64}$/, 'expected a hash in hexadecimal'),
});

/** The file that tells which run a folder of results is of. */
const markOf = (folder: string): string => join(folder, 'run.json');

/** The hash of the recipe that a file names as `recipeHash`: the mark of results, or measurements. Throws FileError. */
export const readRecipeHash = async (path: string): Promise<string> => (await readJson(path, markSchema)).recipeHash;

/** What is in a folder, half-written files left out; nothing where there is none. */
async function contentOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error): string[] => {
    if (systemCode(error) === 'ENOENT') return [];
    if (systemCode(error) === 'ENOTDIR') return ['a file'];
    throw fileFailure(folder, 'read', error);
  });
  return names.filter((name) => writerOf(name) === undefined);
}

/**
 * Where a recipe's results go: `base/name`, or `base/name-hash` when `base/name` holds those of a recipe that was
 * resolved to something else. Folders without a mark are another's, too, unless they are empty: a kill before the mark
 * leaves such.
 */
export async function resultFolder(base: string, name: string, hash: string): Promise<string> {
  const plain = join(base, name);
  const content = await contentOf(plain);
  if (content.length === 0) return plain;
  if (!content.includes('run.json')) return join(base, `${name}-${hash}`);
  return (await readRecipeHash(markOf(plain))) === hash ? plain : join(base, `${name}-${hash}`);
}

/** Marks a folder of results as those of a run, and clears it of what killed processes left half-written. */
export async function markResults(folder: string, recipeHash: string): Promise<void> {
  await writeJson(markOf(folder), markSchema, { recipeHash });
  await removeTemporaries(folder, { writers: 'here' }).catch((error) => {
    throw fileFailure(folder, 'written', error);
  });
}
