import { type FileHandle, open, stat } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import { fileFailure } from '../file/failure.ts';
import { readRange } from '../file/range.ts';

/** An open file that is read by ranges. */
export interface Source {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  read(from: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What a path is; a pipe or a device, which would be waited for without end, is a FileError. */
export async function kindOf(path: string): Promise<'file' | 'folder'> {
  const found = await stat(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  if (found.isDirectory()) return 'folder';
  if (!found.isFile()) throw new FileError(`${path}: expected a file or a folder, got a pipe or a device`);
  return 'file';
}

/** Opens a regular file. Throws FileError. */
export async function openSource(path: string): Promise<Source> {
  if ((await kindOf(path)) === 'folder') throw new FileError(`${path}: cannot be read: it is a folder`);
  const handle: FileHandle = await open(path, 'r').catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  const { size } = await handle.stat();
  return {
    path,
    size,
    async read(from, length) {
      if (from + length > size) throw new FileError(`${path}: ends at byte ${size}, expected ${from + length}`);
      return readRange(path, handle, from, length);
    },
    close: () => handle.close(),
  };
}

/** Gives what is made of an open source, and closes the source where making fails. */
export async function closingOnFailure<Result>(source: Source, make: () => Promise<Result>): Promise<Result> {
  try {
    return await make();
  } catch (error) {
    await source.close();
    throw error;
  }
}
