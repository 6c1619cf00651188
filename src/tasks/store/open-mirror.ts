import { mkdir, realpath } from 'node:fs/promises';
import { counted } from '../../ground/counted.ts';
import { UsageError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { type Mirror, mirrorOf } from './mirror.ts';
import { openStore } from './table.ts';
import type { TransferOptions } from './transfer.ts';

/** A mirror whose store is open. */
export interface OpenMirror {
  readonly mirror: Mirror;
  /** Tells what was moved, and leaves the store. */
  readonly close: () => void;
}

/** Opens a mirror of the folder of runs, which is made where there is none. Throws UsageError, FileError. */
export async function openMirror(address: string, options: TransferOptions): Promise<OpenMirror> {
  const { runs, note, signal } = options;
  const store = await openStore(address, signal);
  await mkdir(runs, { recursive: true }).catch((error) => {
    throw fileFailure(runs, 'written', error);
  });
  if ((await realpath(store.shown).catch(() => '')) === (await realpath(runs)))
    throw new UsageError(
      `--store: expected another folder than ${runs}, in which runs are: machines that share it need none`,
    );
  const mirror = mirrorOf(store, options);
  return {
    mirror,
    close: () => {
      const { sent, fetched } = mirror.moved();
      note(`store ${store.shown}: sent ${movedText(sent)}, fetched ${movedText(fetched)}`);
      store.close();
    },
  };
}

const movedText = ({ files, bytes }: { readonly files: number; readonly bytes: number }): string =>
  `${counted(files, 'files')} of ${(bytes / 1e6).toFixed(2)} MB`;
