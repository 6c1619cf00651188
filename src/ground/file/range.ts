import type { FileHandle } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import { fileFailure } from './failure.ts';

/** The most bytes that are asked of the system at once: Node refuses 2³¹ and more. */
const LONGEST_READ = 1 << 30;

/** The `length` bytes from byte `from` of an open file. Throws FileError where it ends before, or memory does. */
export async function readRange(path: string, handle: FileHandle, from: number, length: number): Promise<Uint8Array> {
  const bytes = room(path, length);
  await fillRange(path, handle, from, bytes);
  return bytes;
}

/** Fills memory with the bytes from byte `from` of an open file. Throws FileError where it ends before. */
export async function fillRange(path: string, handle: FileHandle, from: number, bytes: Uint8Array): Promise<void> {
  const { length } = bytes;
  try {
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, LONGEST_READ), from + done);
      if (bytesRead === 0) throw new FileError(`${path}: ends at byte ${from + done}, expected ${from + length}`);
      done += bytesRead;
    }
  } catch (error) {
    throw fileFailure(path, 'read', error);
  }
}

/** Zeroed bytes of their own. Throws FileError where they do not fit in memory. */
export function room(path: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new FileError(`${path}: ${length} bytes do not fit in memory`, { cause });
  }
}
