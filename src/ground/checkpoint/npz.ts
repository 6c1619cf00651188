/** NumPy's .npz files: a zip file of .npy arrays, stored or deflated, read with no trust in it; arrays of objects are refused. */
import { FileError } from '../errors.ts';
import { bytesOfShape, type DtypeName, dtypeOf } from '../file/dtype.ts';
import { npyHeaderRange, npyStart, parseNpyHeader } from '../file/npy-header.ts';
import type { HostTensor } from '../host-tensor.ts';
import { closingOnFailure, openSource, type Source } from './source.ts';
import { entryPlace, readEntry, readEntryRange } from './zip/content.ts';
import { type Entry, readDirectory } from './zip/directory.ts';

/** An array of a file; nothing but its header is in memory where it is stored, all of it where it is deflated. */
export interface NpzArray {
  /** The file and the array's name, for messages. */
  readonly place: string;
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  /** Rows `from` … `to` − 1 of the first dimension. Throws FileError. */
  readonly rows: (from: number, to: number) => Promise<HostTensor>;
  /** All of its numbers in float64. Throws FileError. */
  readonly doubles: () => Promise<Float64Array>;
}

/** An open .npz file. */
export interface Npz {
  /** The names of the arrays. */
  readonly names: readonly string[];
  /** An array, its header checked against its size. Throws FileError. */
  readonly array: (name: string) => Promise<NpzArray>;
  readonly close: () => Promise<void>;
}

/** Opens a .npz file by its list. Throws FileError. */
export async function openNpz(path: string): Promise<Npz> {
  const source = await openSource(path);
  return closingOnFailure(source, async () => {
    const entries = await readDirectory(source);
    const names = [...entries.keys()].filter((name) => name.endsWith('.npy')).map((name) => name.slice(0, -4));
    return {
      names,
      array: (name) => {
        const entry = entries.get(`${name}.npy`);
        if (entry === undefined) throw new FileError(`${path}: expected an array ${name}, got ${names.join(', ')}`);
        return openArray(source, entry);
      },
      close: () => source.close(),
    };
  });
}

type Range = (from: number, length: number) => Promise<Uint8Array>;

async function openArray(source: Source, entry: Entry): Promise<NpzArray> {
  const place = entryPlace(source.path, entry);
  const whole = entry.method === 0 ? undefined : await readEntry(source, entry);
  const range: Range = async (from, length) =>
    whole?.subarray(from, from + length) ?? readEntryRange(source, entry, from, length);
  const begin = Buffer.from(await range(0, Math.min(entry.size, npyStart)));
  const [start, end] = npyHeaderRange(place, begin, entry.size);
  const text = Buffer.from(await range(start, end - start)).toString('latin1');
  const { dtype, shape } = parseNpyHeader(place, text, entry.size - end);
  const { width, decode } = dtypeOf(dtype);
  const rowBytes = bytesOfShape(shape.slice(1), width) ?? 0;
  const decoded = (bytes: Uint8Array): HostTensor['data'] => {
    const data = decode?.(new Uint8Array(bytes)) ?? 'cannot be read';
    if (typeof data === 'string') throw new FileError(`${place}: ${data}`);
    return data;
  };
  return {
    ...{ place, dtype, shape },
    rows: async (from, to) => ({
      shape: [to - from, ...shape.slice(1)],
      data: decoded(await range(end + from * rowBytes, (to - from) * rowBytes)),
    }),
    doubles: async () => {
      const bytes = new Uint8Array(await range(end, entry.size - end));
      return dtype === 'F64' ? new Float64Array(bytes.buffer) : Float64Array.from(decoded(bytes));
    },
  };
}
