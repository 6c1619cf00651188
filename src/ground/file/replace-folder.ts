import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileFailure, systemCode } from './failure.ts';

/**
 * Makes a folder whose content is written elsewhere first, beside its place, and is moved there whole; what was there is
 * removed then. Where `fill` throws, all is as it was. Throws FileError.
 */
export async function replaceFolder(folder: string, fill: (staging: string) => Promise<void>): Promise<void> {
  const target = await realpath(folder).catch(() => folder);
  const [parent, mark] = [dirname(target), `.${basename(target)}.${randomUUID()}`];
  const [staging, old] = [join(parent, `${mark}.new`), join(parent, `${mark}.old`)];
  try {
    await mkdir(staging, { recursive: true });
    await fill(staging);
    const replaced = await moved(target, old);
    await rename(staging, target).catch(async (error) => {
      if (replaced) await rename(old, target);
      throw error;
    });
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    throw fileFailure(folder, 'written', error);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Moves a folder; gives whether there was one. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return false;
  }
}

/** What is in a folder; nothing where there is none. Throws FileError where it is no folder or cannot be read. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error): string[] => {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileFailure(folder, 'read', error);
  });
}
