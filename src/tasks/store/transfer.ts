/** Single files between the folder of runs and a store. */
import { RefusedContentError, type Snapshot, writeFound } from './content.ts';
import { type Entry, type EntryFile, fileKey } from './entry.ts';
import { knownFiles } from './known-files.ts';
import { placeIn } from './place.ts';
import type { RunStore } from './store.ts';

/** What files are moved with. */
export interface TransferOptions {
  /** The folder of runs. */
  readonly runs: string;
  /** Told of content that was refused. */
  readonly note: (text: string) => void;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

/** Files and bytes that were moved. */
export interface Moved {
  readonly sent: { readonly files: number; readonly bytes: number };
  readonly fetched: { readonly files: number; readonly bytes: number };
}

/** What moves files of runs. All methods throw FileError, and the reason of the signal. */
export interface Transfer {
  /** A file of a run, which no link leads to. */
  readonly placed: (run: string, path: string) => Promise<string>;
  /** Brings a file here, unless it is. */
  readonly fetch: (run: string, file: EntryFile) => Promise<void>;
  /** Puts a file into the store, unless this process has seen it there. */
  readonly send: (run: string, file: EntryFile, snapshot: Snapshot) => Promise<void>;
  /** Removes the files of an entry that none of the `kept` names. */
  readonly remove: (run: string, entry: Entry, kept: readonly Entry[]) => Promise<void>;
  readonly moved: () => Moved;
}

/** How often a file is fetched whose content is not what its entry says. */
const TRIES = 3;

/** What moves files between a folder of runs and a store. */
export function transferOf(store: RunStore, { runs, note, signal }: TransferOptions): Transfer {
  const known = knownFiles();
  const there = new Set<string>(); // keys of content that this process has seen whole in the store
  const moved = { sent: { files: 0, bytes: 0 }, fetched: { files: 0, bytes: 0 } };
  const count = (way: keyof Moved, bytes: number): void => {
    moved[way].files++;
    moved[way].bytes += bytes;
  };

  async function fetchOnce(path: string, key: string, file: EntryFile): Promise<void> {
    const where = `${store.shown}/${key}`;
    const found = await store.get(key, signal);
    if (found === undefined) throw new RefusedContentError(`${where}: is missing, though its set names it`);
    await writeFound(path, where, found, file);
    await known.learn(path, file.sha256);
    count('fetched', file.bytes);
  }

  async function fetchFile(run: string, file: EntryFile): Promise<void> {
    const path = await placeIn(runs, `${run}/${file.path}`, { make: true });
    const key = fileKey(run, file);
    for (let attempt = 1; !(await known.holds(path, file)); attempt++) {
      try {
        await fetchOnce(path, key, file);
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === TRIES || !(error instanceof RefusedContentError)) throw error;
        note(`${error.message}; fetched anew`);
      }
    }
    there.add(key);
  }

  async function sendFile(run: string, file: EntryFile, snapshot: Snapshot): Promise<void> {
    const key = fileKey(run, file);
    if (there.has(key)) return;
    await store.put(key, snapshot, signal);
    there.add(key);
    count('sent', file.bytes);
  }

  return {
    placed: (run, path) => placeIn(runs, `${run}/${path}`),
    fetch: fetchFile,
    send: sendFile,
    async remove(run, entry, kept) {
      const needed = new Set(kept.flatMap(({ files }) => files.map((file) => fileKey(run, file))));
      const keys = entry.files.map((file) => fileKey(run, file)).filter((key) => !needed.has(key));
      for (const key of keys) there.delete(key);
      await store.remove(keys, signal);
    },
    moved: () => structuredClone(moved),
  };
}
