import { open } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import { fileFailure } from './failure.ts';

/** Bytes that are read of a file at a time. */
const PIECE = 1 << 16;

/** The bytes of a file or a pipe, or undefined where they are more than `most`. Throws FileError. */
export async function readAtMost(path: string, most: number): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const pieces: Buffer[] = [];
      for (let length = 0; length <= most; ) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(PIECE), 0, PIECE);
        if (bytesRead === 0) return Buffer.concat(pieces);
        length += bytesRead;
        pieces.push(buffer.subarray(0, bytesRead));
      }
      return undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(path, 'read', error);
  }
}

/** The bytes of a file or a pipe. Throws FileError, also where they are more than `most`. */
export async function readBounded(path: string, most: number): Promise<Uint8Array> {
  const bytes = await readAtMost(path, most);
  if (bytes === undefined) throw new FileError(`${path}: expected at most ${most} bytes, got more`);
  return bytes;
}
