import { stat } from 'node:fs/promises';
import { fileFailure, systemCode } from '../../ground/file/failure.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import type { EntryFile } from './entry.ts';

/** Files whose content this process has read or written: one that has not been touched since is not read again. */
export interface KnownFiles {
  /** Whether a file is here with this content. Throws FileError. */
  readonly holds: (path: string, file: Pick<EntryFile, 'bytes' | 'sha256'>) => Promise<boolean>;
  /** Keeps in mind what was just written. Throws FileError. */
  readonly learn: (path: string, sha256: string) => Promise<void>;
}

/** A process's knowledge, which begins with nothing: content counts, and no date of a file that an earlier process saw. */
export function knownFiles(): KnownFiles {
  const known = new Map<string, string>();
  return {
    async holds(path, { bytes, sha256 }) {
      const mark = await markOf(path);
      if (mark === undefined || mark.bytes !== bytes) return false;
      if (known.get(path) === `${mark.text} ${sha256}`) return true;
      if ((await sha256File(path)) !== sha256) return false;
      known.set(path, `${mark.text} ${sha256}`);
      return true;
    },
    async learn(path, sha256) {
      const mark = await markOf(path);
      if (mark !== undefined) known.set(path, `${mark.text} ${sha256}`);
    },
  };
}

/** What changes when a file is touched; undefined where there is none. */
async function markOf(path: string): Promise<{ readonly bytes: number; readonly text: string } | undefined> {
  const found = await stat(path).catch((error) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileFailure(path, 'read', error);
  });
  return found && { bytes: found.size, text: `${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.ino}` };
}
