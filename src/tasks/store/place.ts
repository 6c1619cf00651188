import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../ground/errors.ts';
import { fileFailure, systemCode } from '../../ground/file/failure.ts';
import { insidePath } from '../../ground/file/inside.ts';

/** What is at a path itself: a link is a link. */
const kindAt = async (path: string): Promise<'none' | 'file' | 'folder' | 'other'> => {
  const found = await lstat(path).catch((error) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileFailure(path, 'read', error);
  });
  if (found === undefined) return 'none';
  if (found.isFile()) return 'file';
  return found.isDirectory() ? 'folder' : 'other';
};

/**
 * The path of a file in a folder, by a relative path that may come from anyone: no `..`, no absolute one, no backslash, and no
 * link on the way or in the file's place. Folders on the way are made where `make` says so. Throws FileError.
 */
export async function placeIn(
  folder: string,
  path: string,
  { make = false }: { readonly make?: boolean } = {},
): Promise<string> {
  const parts = path.split('/');
  if (!insidePath(folder).safeParse(path).success || parts.some((part) => part === '' || part === '.'))
    throw new FileError(`expected a path inside ${folder}, got ${JSON.stringify(path.slice(0, 200))}`);
  let at = folder;
  for (const part of parts.slice(0, -1)) {
    at = join(at, part);
    const kind = await kindAt(at);
    if (kind === 'folder') continue;
    if (kind !== 'none') throw new FileError(`${at}: expected a folder, and no link`);
    if (!make) break;
    await mkdir(at).catch((error) => {
      if (systemCode(error) !== 'EEXIST') throw fileFailure(at, 'written', error);
    });
  }
  const full = join(folder, path);
  const kind = await kindAt(full);
  if (kind !== 'none' && kind !== 'file') throw new FileError(`${full}: expected a file, and no link`);
  return full;
}
