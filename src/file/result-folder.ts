import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from './json.ts';

const markSchema = z.looseObject({ recipeHash: z.string() });

/** The file that tells which run a folder of results is of. */
const markOf = (folder: string): string => join(folder, 'run.json');

/**
 * Where a recipe's results go: `base/name`, or `base/name-hash` when `base/name` holds those of a recipe that was
 * resolved to something else. Folders without a mark are another's, too.
 */
export async function resultFolder(base: string, name: string, hash: string): Promise<string> {
  const plain = join(base, name);
  if (!existsSync(plain)) return plain;
  if (!existsSync(markOf(plain))) return join(base, `${name}-${hash}`);
  const { recipeHash } = await readJson(markOf(plain), markSchema);
  return recipeHash === hash ? plain : join(base, `${name}-${hash}`);
}

/** Marks a folder of results as those of a run. */
export const markResults = (folder: string, recipeHash: string): Promise<void> =>
  writeJson(markOf(folder), markSchema, { recipeHash });
