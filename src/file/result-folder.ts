import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { temporaryPattern } from './atomic.ts';
import { fileFailure, systemCode } from './failure.ts';
import { readJson, writeJson } from './json.ts';

/** What tells which run a folder of results is of: the hash of its resolved recipe. */
export const markSchema = z.looseObject({ recipeHash: z.string().regex(/^[0-9a-f]{1,64}$/, 'expected a hash') });

/** The file that tells which run a folder of results is of. */
const markOf = (folder: string): string => join(folder, 'run.json');

/**
 * Where a recipe's results go: `base/name`, or `base/name-hash` when `base/name` holds those of a recipe that was
 * resolved to something else. Folders without a mark are another's, too, unless nothing is in them.
 */
export async function resultFolder(base: string, name: string, hash: string): Promise<string> {
  const plain = join(base, name);
  if (await isFree(plain)) return plain;
  if (!existsSync(markOf(plain))) return join(base, `${name}-${hash}`);
  const { recipeHash } = await readJson(markOf(plain), markSchema);
  return recipeHash === hash ? plain : join(base, `${name}-${hash}`);
}

/** Whether a folder is not there, or has nothing in it but what a killed process left of a file it was writing. */
async function isFree(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).every((name) => temporaryPattern.test(name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    if (systemCode(error) === 'ENOTDIR') return false;
    throw fileFailure(folder, 'read', error);
  }
}

/** Marks a folder of results as those of a run. */
export const markResults = (folder: string, recipeHash: string): Promise<void> =>
  writeJson(markOf(folder), markSchema, { recipeHash });
