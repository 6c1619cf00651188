/** Files of `torch.save` since PyTorch 1.6: a zip file of one pickle, `data.pkl`, and one entry for each storage. */
import { FileError } from '../../errors.ts';
import { quoted } from '../../file/quoted.ts';
import type { Checkpoint, CheckpointOptions } from '../checkpoint.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { closingOnFailure, openSource, type Source } from '../source.ts';
import { entryPlace, readEntry, readEntryRange } from '../zip/content.ts';
import { type Entry, readDirectory } from '../zip/directory.ts';
import { torchNames } from './globals.ts';
import { LONGEST_PICKLE, torchWeights } from './weights.ts';

type Entries = ReadonlyMap<string, Entry>;

/** The folder in the zip file that holds everything, called as the file was when it was saved. */
function folderOf(path: string, entries: Entries): string {
  const folders = [...entries.keys()]
    .filter((name) => /^[^/]+\/data\.pkl$/.test(name))
    .map((name) => name.slice(0, -8));
  const [folder] = folders;
  if (folder === undefined || folders.length > 1) {
    throw new FileError(`${path}: not a PyTorch file: expected one data.pkl in the zip file, got ${folders.length}`);
  }
  if (entries.has(`${folder}constants.pkl`)) {
    throw new FileError(
      `${path}: holds a TorchScript program, expected the weights alone (torch.save of a state_dict)`,
    );
  }
  return folder;
}

/** Whether numbers are stored with their highest byte first, which files before PyTorch 2.1 do not say. */
async function isBigEndian(source: Source, entry: Entry | undefined): Promise<boolean> {
  if (entry === undefined) return false;
  const order = entry.size <= 16 ? Buffer.from(await readEntry(source, entry)).toString('latin1') : 'something long';
  if (order !== 'little' && order !== 'big') {
    throw new FileError(`${entryPlace(source.path, entry)}: expected little or big, got ${quoted(order)}`);
  }
  return order === 'big';
}

async function readPickle(source: Source, entry: Entry): Promise<Uint8Array> {
  const place = entryPlace(source.path, entry);
  if (entry.size > LONGEST_PICKLE) throw new FileError(`${place}: has ${entry.size} bytes, at most ${LONGEST_PICKLE}`);
  return readEntry(source, entry);
}

/** Opens the weights of a PyTorch file in the zip format. Throws FileError. */
export async function openZipFile(path: string, options: CheckpointOptions): Promise<Checkpoint> {
  const source = await openSource(path);
  return closingOnFailure(source, async () => {
    const entries = await readDirectory(source);
    const folder = folderOf(path, entries);
    const pickle = entries.get(`${folder}data.pkl`);
    if (pickle === undefined) throw new FileError(`${path}: not a PyTorch file: it has no data.pkl`);
    const { value: root } = unpickle(`${path}: data.pkl`, await readPickle(source, pickle), torchNames());
    const bigEndian = await isBigEndian(source, entries.get(`${folder}byteorder`));
    const entryOf = (key: string) => entries.get(`${folder}data/${key}`);
    const file = {
      root,
      bigEndian,
      storedBytes: ({ key }: { key: string }) => entryOf(key)?.size,
      async read({ key }: { key: string }, from: number, length: number) {
        const entry = entryOf(key);
        if (entry === undefined) throw new FileError(`${path}: there is no storage ${key}`);
        return readEntryRange(source, entry, from, length);
      },
    };
    return torchWeights(source, file, options);
  });
}
