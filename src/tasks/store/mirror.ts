/** Sets of files of runs, here and in a store. What is here with the right SHA-256 is not fetched again. */
import { Readable } from 'node:stream';
import { FileError } from '../../ground/errors.ts';
import { sha256 } from '../../ground/file/sha256.ts';
import { turns } from '../../ground/pool/turns.ts';
import { RefusedContentError, type Snapshot, shortBytes, snapshotOf } from './content.ts';
import { type Entry, entryKey, entryText, LONGEST_ENTRY, readEntry, setName, setsPrefix } from './entry.ts';
import type { FileSet } from './sets.ts';
import type { RunStore } from './store.ts';
import { type Moved, type TransferOptions, transferOf } from './transfer.ts';

/** The folder of runs and a store, side by side. All methods throw FileError, and the reason of the signal. */
export interface Mirror {
  readonly shown: string;
  /** What the store says of a set; undefined where it has none. */
  readonly entry: (run: string, set: FileSet) => Promise<Entry | undefined>;
  /** Brings the files of a set here, those that are not yet; undefined where the store has none of it. */
  readonly fetch: (run: string, set: FileSet) => Promise<Entry | undefined>;
  /** Puts the files of a set into the store; undefined, and nothing is put, where one that must be is not here. */
  readonly send: (run: string, set: FileSet, of?: Pick<Entry, 'step'>) => Promise<Entry | undefined>;
  /** Removes a set, and of its files those that none of the `kept` names. */
  readonly remove: (run: string, set: FileSet, entry: Entry, kept: readonly Entry[]) => Promise<void>;
  /** Removes the files of what a set was before, but for those that it still names. */
  readonly prune: (run: string, before: Entry, now: Entry) => Promise<void>;
  /** The names of the sets that are in the store, of those that begin with a word. */
  readonly names: (run: string, start: string) => Promise<ReadonlySet<string>>;
  readonly moved: () => Moved;
}

/** Sets on their way at once. */
const AT_ONCE = 8;

/** A mirror of a folder of runs. */
export function mirrorOf(store: RunStore, options: TransferOptions): Mirror {
  const { signal } = options;
  const files = transferOf(store, options);
  const turn = turns(AT_ONCE);

  async function entryOf(run: string, set: FileSet): Promise<Entry | undefined> {
    const key = entryKey(run, set);
    const found = await store.get(key, signal);
    if (found === undefined) return undefined;
    const where = `${store.shown}/${key}`;
    return readEntry(where, await shortBytes(where, found, LONGEST_ENTRY), set);
  }

  async function fetchSet(run: string, set: FileSet): Promise<Entry | undefined> {
    const entry = await entryOf(run, set);
    if (entry === undefined) return undefined;
    const order = [...(set.optional ?? []), ...set.files];
    for (const file of entry.files.toSorted((a, b) => order.indexOf(a.path) - order.indexOf(b.path)))
      await files.fetch(run, file).catch((error) => {
        throw error instanceof RefusedContentError ? remedied(error, `${store.shown}/${entryKey(run, set)}`) : error;
      });
    return entry;
  }

  async function sendSet(run: string, set: FileSet, of: Pick<Entry, 'step'>): Promise<Entry | undefined> {
    const snapshots = new Map<string, Snapshot>();
    try {
      if (!(await openAll((path) => files.placed(run, path), set, snapshots))) return undefined;
      const entry: Entry = { format: 1, files: [], ...of };
      for (const [path, snapshot] of snapshots) {
        const file = { path, bytes: snapshot.bytes, sha256: snapshot.sha256 };
        await files.send(run, file, snapshot);
        entry.files.push(file);
      }
      await store.put(entryKey(run, set), contentOf(entryText(set.name, entry)), signal);
      return entry;
    } finally {
      for (const snapshot of snapshots.values()) await snapshot.close();
    }
  }

  return {
    shown: store.shown,
    entry: entryOf,
    fetch: (run, set) => turn(() => fetchSet(run, set)),
    send: (run, set, of = {}) => turn(() => sendSet(run, set, of)),
    async remove(run, set, entry, kept) {
      await store.remove([entryKey(run, set)], signal);
      await files.remove(run, entry, kept);
    },
    prune: (run, before, now) => files.remove(run, before, [now]),
    names: async (run, start) =>
      new Set((await store.list(setsPrefix(run, start), signal)).map((key) => setName(run, key))),
    moved: files.moved,
  };
}

/** Content that stays damaged is nobody's to mend but its sender's, who sends what no entry names. */
const remedied = (cause: FileError, entry: string): FileError =>
  new FileError(`${cause.message}; delete ${entry} and run the same command again: it is sent anew`, { cause });

/**
 * Opens the files of a set as they are now; false where one that must be is not here. Those that must be are opened first: a
 * log beside a checkpoint may be ahead of it, and not behind.
 */
export async function openAll(
  placed: (path: string) => Promise<string>,
  { files, optional = [] }: FileSet,
  snapshots: Map<string, Snapshot>,
): Promise<boolean> {
  for (const path of [...files, ...optional]) {
    const snapshot = await snapshotOf(await placed(path));
    if (snapshot !== undefined) snapshots.set(path, snapshot);
    else if (files.includes(path)) return false;
  }
  return true;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function contentOf(text: string) {
  const bytes = Buffer.from(text);
  const open = (): Readable => Readable.from(once(bytes), { objectMode: false });
  return { bytes: bytes.byteLength, sha256: sha256(bytes), open };
}
