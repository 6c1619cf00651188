/** The kinds of stores. To add one: a file, an entry here. */
import { UsageError } from '../../ground/errors.ts';
import { visible } from '../../ground/file/visible.ts';
import { openFolderStore } from './folder-store.ts';
import { openS3 } from './s3.ts';
import type { RunStore } from './store.ts';

interface StoreEntry {
  /** Whether an address is of this kind. */
  readonly takes: (address: string) => boolean;
  /** Opens it, once it has answered. Throws UsageError on an address that is not well-formed, FileError where none answers. */
  readonly open: (address: string, signal: AbortSignal) => Promise<RunStore>;
}

const stores: Readonly<Record<'s3' | 'folder', StoreEntry>> = {
  s3: { takes: (address) => address.startsWith('s3://'), open: openS3 },
  folder: { takes: (address) => !/^[\w+.-]+:\/\//.test(address), open: openFolderStore },
};

/** Opens the store of an address. Throws UsageError, FileError. */
export async function openStore(address: string, signal: AbortSignal): Promise<RunStore> {
  const entry = Object.values(stores).find(({ takes }) => takes(address));
  if (entry === undefined)
    throw new UsageError(
      `--store: expected s3://bucket/prefix or a folder that all machines see, got ${visible(address.split('://')[0] ?? '')}://…`,
    );
  return entry.open(address, signal);
}
