/** A store in a folder that all machines see, and that is not the folder they work in. */
import { createReadStream } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FileError } from '../../ground/errors.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { fileFailure, systemCode } from '../../ground/file/failure.ts';
import { writerOf } from '../../ground/file/leftovers.ts';
import { placeIn } from './place.ts';
import type { RunStore } from './store.ts';

/** Opens it. Throws FileError where there is none: a folder that is not mounted must not be made on one machine. */
export async function openFolderStore(address: string): Promise<RunStore> {
  const root = resolve(address);
  const found = await stat(root).catch((error) => {
    throw fileFailure(root, 'read', error);
  });
  if (!found.isDirectory()) throw new FileError(`${root}: expected a folder`);
  return {
    shown: root,
    list: (prefix) => keysBelow(root, prefix),
    async put(key, content, signal) {
      signal.throwIfAborted();
      const path = await placeIn(root, key, { make: true });
      await writeAtomic(path, async (write) => {
        for await (const piece of content.open()) {
          signal.throwIfAborted();
          await write(piece as Uint8Array);
        }
      });
    },
    async get(key, signal) {
      signal.throwIfAborted();
      const path = await placeIn(root, key);
      try {
        const handle = await open(path, 'r');
        const { size } = await handle.stat();
        return { bytes: size, body: createReadStream(path, { fd: handle, highWaterMark: 1 << 20, signal }) };
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw fileFailure(path, 'read', error);
      }
    },
    async remove(keys, signal) {
      for (const key of keys) {
        signal.throwIfAborted();
        const path = await placeIn(root, key);
        await rm(path, { force: true }).catch((error) => {
          throw fileFailure(path, 'removed', error);
        });
      }
    },
    close: () => undefined,
  };
}

/** The keys of files in a folder and below; links are not followed, and files that are being written have no keys. */
async function keysBelow(root: string, prefix: string): Promise<string[]> {
  const folder = join(root, prefix);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileFailure(folder, 'read', error);
  });
  const keys: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) keys.push(...(await keysBelow(root, `${prefix}${entry.name}/`)));
    else if (entry.isFile() && writerOf(entry.name) === undefined) keys.push(prefix + entry.name);
  }
  return keys.sort();
}
