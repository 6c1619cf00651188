/**
 * Files of `torch.save` before PyTorch 1.6: pickles of a magic number, a version, the system, the object and the keys of
 * its storages, one after the other; then each storage as a count of its elements in 8 bytes and the elements.
 */
import { FileError } from '../../errors.ts';
import { dtypeOf } from '../../file/dtype.ts';
import type { Checkpoint, CheckpointOptions } from '../checkpoint.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { List, type Value } from '../pickle/value.ts';
import { closingOnFailure, openSource, type Source } from '../source.ts';
import { torchNames } from './globals.ts';
import type { Storage } from './tensor.ts';
import { LONGEST_PICKLE, torchWeights } from './weights.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/** What the pickles hold, and where the storages start. */
interface Head {
  readonly root: Value;
  readonly bigEndian: boolean;
  readonly keys: readonly Value[];
  readonly storages: ReadonlyMap<string, Storage>;
  readonly end: number;
}

async function readHead(source: Source): Promise<Head> {
  const { path } = source;
  const bytes = await source.read(0, Math.min(source.size, LONGEST_PICKLE));
  const names = torchNames();
  let end = 0;
  const next = () => {
    const read = unpickle(path, bytes, names, end);
    end = read.end;
    return read.value;
  };
  if (next() !== MAGIC) throw new FileError(`${path}: not a PyTorch file: a pickle without its magic number`);
  const version = next();
  if (version !== VERSION) throw new FileError(`${path}: expected a PyTorch file of version ${VERSION}`);
  const system = next();
  const root = next();
  const keys = next();
  if (!(system instanceof Map) || !(keys instanceof List)) throw new FileError(`${path}: its pickles are out of order`);
  return { root, bigEndian: system.get('little_endian') === false, keys: keys.items, storages: names.storages, end };
}

/** Where the elements of each storage start, by key; every count must be that of the pickle, to the end of the file. */
async function locate(source: Source, { keys, storages, end }: Head): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, number>();
  let at = end;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || places.has(storage.key)) {
      throw new FileError(`${source.path}: lists a storage that no tensor has, or one twice`);
    }
    const head = await source.read(at, 8);
    const count = new DataView(head.buffer, head.byteOffset).getBigInt64(0, true);
    if (count !== BigInt(storage.elements)) {
      const place = `${source.path}: byte ${at}: storage ${storage.key}`;
      throw new FileError(`${place}: expected ${storage.elements} elements, its count says ${count}`);
    }
    places.set(storage.key, at + 8);
    at += 8 + storage.elements * dtypeOf(storage.dtype).width;
  }
  if (at !== source.size) throw new FileError(`${source.path}: expected ${at} bytes, got ${source.size}`);
  return places;
}

/** Opens the weights of a PyTorch file in the format before 1.6. Throws FileError. */
export async function openLegacyFile(path: string, options: CheckpointOptions): Promise<Checkpoint> {
  const source = await openSource(path);
  return closingOnFailure(source, async () => {
    const head = await readHead(source);
    const places = await locate(source, head);
    const file = {
      root: head.root,
      bigEndian: head.bigEndian,
      storedBytes: ({ key, elements, dtype }: Storage) =>
        places.has(key) ? elements * dtypeOf(dtype).width : undefined,
      read: ({ key }: Storage, from: number, length: number) => source.read((places.get(key) ?? 0) + from, length),
    };
    return torchWeights(source, file, options);
  });
}
