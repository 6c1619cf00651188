import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { FileError } from '../errors.ts';
import { fileFailure } from './failure.ts';

/** A path within a folder as a file may give it: relative, with forward slashes, and no way out. */
export const insidePath = (folder: string) =>
  z
    .string()
    .min(1)
    .max(1024)
    .refine(
      (path) => !/^\/|^[a-z]:|[\\\0]/i.test(path) && !path.split('/').includes('..'),
      `expected a path inside ${folder}`,
    );

/** The path of a file within a folder, which no symbolic link leads out of. Throws FileError. */
export async function pathInside(folder: string, path: string): Promise<string> {
  const full = join(folder, path);
  const [home, place] = await Promise.all([realpath(folder), realpath(full)]).catch((error) => {
    throw fileFailure(full, 'read', error);
  });
  const way = relative(home, place);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
    throw new FileError(`${full}: expected a file inside ${folder}, got a link to ${place}`);
  return full;
}
