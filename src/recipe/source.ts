import { open } from 'node:fs/promises';
import { RecipeError } from '../errors.ts';
import { fileFailure } from '../file/failure.ts';

const maxBytes = 1 << 20;

/** The text of a recipe: UTF-8, at most 1 MiB. Throws FileError or RecipeError. */
export async function readRecipeText(path: string): Promise<string> {
  const bytes = await readAtMost(path, maxBytes + 1);
  if (bytes.length > maxBytes) throw new RecipeError(`${path}: expected a recipe of at most 1 MiB, got a larger file`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RecipeError(`${path}: expected text in UTF-8, got other bytes`, { cause });
  }
}

async function readAtMost(path: string, limit: number): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(limit);
      let length = 0;
      for (let read = 1; read > 0 && length < limit; length += read)
        read = (await handle.read(buffer, length, limit - length)).bytesRead;
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(path, 'read', error);
  }
}
