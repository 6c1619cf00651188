/** What a store says of a set: its files by size and SHA-256. It is put last, so that a set is there all at once. */
import { z } from 'zod';
import { FileError } from '../../ground/errors.ts';
import { insidePath } from '../../ground/file/inside.ts';
import { checked, formatJson, parseJson } from '../../ground/file/json.ts';
import type { FileSet } from './sets.ts';

/** The longest entry that is read, and the largest file: a checkpoint of a head of 10⁹ parameters has 16 GB. */
export const LONGEST_ENTRY = 1 << 16;
const LARGEST_FILE = 2 ** 40;

const fileSchema = z.strictObject({
  path: insidePath('the folder of the run'),
  bytes: z.int().nonnegative().max(LARGEST_FILE),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
});

const entrySchema = z.strictObject({
  format: z.literal(1),
  files: z.array(fileSchema).max(16),
  /** Of a checkpoint: the steps that are done. */
  step: z.int().nonnegative().exactOptional(),
});

/** A file of a set. */
export type EntryFile = z.output<typeof fileSchema>;

/** What a store says of a set. */
export type Entry = z.output<typeof entrySchema>;

/** Where the sets of a run are whose names begin with a word, and where one of them is. */
export const setsPrefix = (run: string, start: string): string => `${run}/sets/${start}/`;
export const entryKey = (run: string, { name }: Pick<FileSet, 'name'>): string => `${run}/sets/${name}.json`;

/** The set's name in a key of an entry. */
export const setName = (run: string, key: string): string => key.slice(`${run}/sets/`.length).replace(/\.json$/, '');

/**
 * Where a file's content is. Its SHA-256 is a part of the key: content is never replaced by other content, so that two machines
 * that send a set at once, with other seconds in a log, never leave a mixture of the two.
 */
export const fileKey = (run: string, { path, sha256 }: Pick<EntryFile, 'path' | 'sha256'>): string =>
  `${run}/files/${path}/${sha256}`;

/** An entry as text. */
export const entryText = (where: string, entry: Entry): string => formatJson(where, checked(where, entry, entrySchema));

/** Reads the entry of a set. Throws FileError where it names any other file than the set's, one twice, or not all that must be. */
export function readEntry(where: string, bytes: Uint8Array, { files, optional = [] }: FileSet): Entry {
  const entry = checked(where, parseJson(where, bytes), entrySchema);
  const named = entry.files.map(({ path }) => path);
  const stranger = named.find((path) => !files.includes(path) && !optional.includes(path));
  if (stranger !== undefined)
    throw new FileError(`${where}: expected files of its set alone, got ${JSON.stringify(stranger)}`);
  if (new Set(named).size !== named.length) throw new FileError(`${where}: expected each file once`);
  const missing = files.find((path) => !named.includes(path));
  if (missing !== undefined) throw new FileError(`${where}: expected ${missing} in it, got none`);
  return entry;
}
