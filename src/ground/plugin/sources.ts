import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { PluginError } from '../errors.ts';
import { readBounded } from '../file/bounded.ts';
import { fileFailure } from '../file/failure.ts';
import { sha256, sha256File } from '../file/sha256.ts';

/** A plug-in's file with those that it is made of. */
export interface PluginSources {
  /** Real paths, the plug-in's own first. */
  readonly files: readonly string[];
  /** SHA-256 of their names, relative to the plug-in's folder, and contents. */
  readonly sha256: string;
}

/** The most files of a plug-in, and the most bytes of one that is read for the names of others. */
const MOST_FILES = 1000;
const MOST_BYTES = 1 << 24;

const isCode = (path: string): boolean => /\.[cm]?[jt]s$/.test(path);

/** A relative path in quotes: what an import names, and what is read beside it. */
const quotedPath = /(["'`])(\.{1,2}\/[^"'`\n]{1,1024})\1/g;

/**
 * The files of a plug-in: itself, and every file that a relative path in quotes names, in its code and in theirs, imports
 * among them. A path that is put together while the plug-in runs is not seen. Throws FileError or PluginError.
 */
export async function pluginSources(path: string): Promise<PluginSources> {
  const first = await realpath(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  const files = new Set([first]);
  const hash = createHash('sha256');
  for (const file of files) {
    if (files.size > MOST_FILES) throw new PluginError(`${path}: expected a plug-in of at most ${MOST_FILES} files`);
    const name = relative(dirname(first), file).split(sep).join('/');
    if (!isCode(file)) {
      hash.update(JSON.stringify([name, await sha256File(file)]));
      continue;
    }
    const bytes = await readBounded(file, MOST_BYTES);
    hash.update(JSON.stringify([name, sha256(bytes)]));
    for (const [, , named = ''] of new TextDecoder().decode(bytes).matchAll(quotedPath)) {
      const found = await fileAt(resolve(dirname(file), named.replace(/[?#].*$/, '')));
      if (found !== undefined) files.add(found);
    }
  }
  return { files: [...files], sha256: hash.digest('hex') };
}

async function fileAt(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? realpath(path) : undefined;
}
