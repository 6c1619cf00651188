import { rename } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import { fileFailure, systemCode } from './failure.ts';

/**
 * What bookkeeping that a run can do without holds, or undefined where there is none. A damaged file is moved to
 * `<path>.damaged`, told of in a sentence, and counts as none. Throws FileError where it cannot be moved.
 */
export async function readOrSetAside<Value>(
  path: string,
  read: () => Promise<Value>,
  note: (text: string) => void,
): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (systemCode(error.cause) === 'ENOENT') return undefined;
    const aside = `${path}.damaged`;
    await rename(path, aside).catch((cause) => {
      throw fileFailure(path, 'written', cause);
    });
    note(`a new ${path}: the old one could not be read and is kept as ${aside} (${error.message})`);
    return undefined;
  }
}
