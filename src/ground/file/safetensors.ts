/** Tensors in files: safetensors, read by ranges and written piece by piece. */
import { type FileHandle, open } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import { type HostData, type HostTensor, sizeOf } from '../host-tensor.ts';
import { writeAtomic } from './atomic.ts';
import { bytesOfShape, type DtypeName, dtypeOf, naturalDtype } from './dtype.ts';
import { fileFailure } from './failure.ts';
import { fillRange, readRange, room } from './range.ts';
import {
  formatHeader,
  LONGEST_HEADER,
  nameFault,
  parseHeader,
  placeOf,
  type TensorEntry,
} from './safetensors-header.ts';

/** An open file of tensors; nothing but its header is in memory until it is read. */
export interface SafetensorsFile {
  readonly header: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** One tensor; throws FileError when there is none of this name or its type cannot be read. */
  read(name: string): Promise<HostTensor>;
  /** Rows `from` … `to` − 1 of the first dimension. */
  readRows(name: string, from: number, to: number): Promise<HostTensor>;
  /** The bytes of a tensor as they lie in the file, whatever its type. */
  readBytes(name: string): Promise<Uint8Array>;
  readAll(): Promise<Record<string, HostTensor>>;
  /** One tensor of floating-point numbers into memory of its size, without a copy where it is F32. */
  readInto(name: string, into: Float32Array): Promise<void>;
  /**
   * Tensors of floating-point numbers, as float32 in one block of memory: the system takes a large block back at once,
   * while freed pieces of it stay with the process.
   */
  readFloats(names: readonly string[]): Promise<Record<string, HostTensor<Float32Array>>>;
  close(): Promise<void>;
}

/** Elements of float32 that tensors in a block start at multiples of. */
const CACHE_LINE = 16;

function decode(place: string, dtype: DtypeName, bytes: Uint8Array): HostData {
  const reader = dtypeOf(dtype).decode;
  if (reader === undefined) throw new FileError(`${place}: elements of type ${dtype} cannot be read`);
  const data = reader(bytes);
  if (typeof data === 'string') throw new FileError(`${place}: ${data}`);
  return data;
}

async function openHeader(path: string, handle: FileHandle) {
  const { size } = await handle.stat();
  if (size < 8) throw new FileError(`${path}: not a safetensors file: it has ${size} bytes`);
  const start = await readRange(path, handle, 0, 8);
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (length > LONGEST_HEADER && length <= size - 8)
    throw new FileError(`${path}: a header of ${length} bytes, expected at most ${LONGEST_HEADER}`);
  if (length < 2 || length > size - 8) {
    throw new FileError(`${path}: not a safetensors file: a header of ${length} bytes in a file of ${size}`);
  }
  const header = parseHeader(path, await readRange(path, handle, 8, length), size - 8 - length);
  return { ...header, dataStart: 8 + length };
}

/**
 * Opens a safetensors file and checks its header in full: lengths, names, types, shapes, and offsets that cover the
 * data without gap or overlap. Throws FileError naming the file and the tensor.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await open(path, 'r').catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  try {
    const { tensors, metadata, dataStart } = await openHeader(path, handle);
    return reader(path, handle, tensors, metadata, dataStart);
  } catch (error) {
    await handle.close();
    throw fileFailure(path, 'read', error);
  }
}

function reader(
  path: string,
  handle: FileHandle,
  header: ReadonlyMap<string, TensorEntry>,
  metadata: Readonly<Record<string, string>>,
  dataStart: number,
): SafetensorsFile {
  const entryOf = (name: string): TensorEntry => {
    const entry = header.get(name);
    if (entry === undefined) throw new FileError(`${placeOf(path, name)}: there is none of this name`);
    return entry;
  };
  const bytesAt = (from: number, length: number) => readRange(path, handle, dataStart + from, length);
  const part = async (name: string, entry: TensorEntry, shape: readonly number[], skipped: number) => {
    const length = bytesOfShape(shape, dtypeOf(entry.dtype).width) ?? 0;
    const bytes = await bytesAt(entry.offsets[0] + skipped, length);
    return { shape, data: decode(placeOf(path, name), entry.dtype, bytes) };
  };
  const read = async (name: string) => {
    const entry = entryOf(name);
    return part(name, entry, entry.shape, 0);
  };
  const readInto = async (name: string, into: Float32Array): Promise<void> => {
    const { dtype, shape, offsets } = entryOf(name);
    const place = placeOf(path, name);
    if (sizeOf(shape) !== into.length)
      throw new FileError(`${place}: expected ${into.length} elements, got shape [${shape.join(', ')}]`);
    if (dtype === 'F32') {
      const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
      return fillRange(path, handle, dataStart + offsets[0], bytes);
    }
    const { data } = await read(name);
    if (!(data instanceof Float32Array)) throw new FileError(`${place}: expected floating-point numbers, got ${dtype}`);
    into.set(data);
  };
  return {
    header,
    metadata,
    read,
    readInto,
    async readFloats(names) {
      const padded = (name: string): number => Math.ceil(sizeOf(entryOf(name).shape) / CACHE_LINE) * CACHE_LINE;
      const { buffer } = room(path, 4 * names.reduce((sum, name) => sum + padded(name), 0));
      const tensors: [string, HostTensor<Float32Array>][] = [];
      let end = 0;
      for (const name of names) {
        const { shape } = entryOf(name);
        const data = new Float32Array(buffer, 4 * end, sizeOf(shape));
        await readInto(name, data);
        tensors.push([name, { shape, data }]);
        end += padded(name);
      }
      return Object.fromEntries(tensors);
    },
    async readRows(name, from, to) {
      const entry = entryOf(name);
      const [rows, ...rest] = entry.shape;
      if (
        rows === undefined ||
        !Number.isInteger(from) ||
        !Number.isInteger(to) ||
        from < 0 ||
        to < from ||
        to > rows
      ) {
        throw new FileError(`${placeOf(path, name)}: rows ${from} to ${to} of shape [${entry.shape.join(', ')}]`);
      }
      const rowBytes = bytesOfShape(rest, dtypeOf(entry.dtype).width) ?? 0;
      return part(name, entry, [to - from, ...rest], from * rowBytes);
    },
    async readBytes(name) {
      const [from, to] = entryOf(name).offsets;
      return bytesAt(from, to - from);
    },
    async readAll() {
      const tensors: [string, HostTensor][] = [];
      for (const name of header.keys()) tensors.push([name, await read(name)]);
      return Object.fromEntries(tensors);
    },
    close: () => handle.close(),
  };
}

/** Reads a whole safetensors file. Throws FileError. */
export async function readSafetensors(path: string): Promise<Record<string, HostTensor>> {
  const file = await openSafetensors(path);
  return file.readAll().finally(() => file.close());
}

/** How tensors are written. */
export interface SafetensorsOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Element types by name where they are not the array's own (F32, I32, U8): F16 and BF16 round to the nearest. */
  readonly dtypes?: Readonly<Record<string, 'F32' | 'F16' | 'BF16' | 'BOOL'>>;
}

/** The types in which an array may be written, by the type of its own. */
const writable: Readonly<Partial<Record<DtypeName, readonly DtypeName[]>>> = {
  F32: ['F32', 'F16', 'BF16'],
  I32: ['I32'],
  U8: ['U8', 'BOOL'],
};

function describe(path: string, name: string, { shape, data }: HostTensor, chosen: DtypeName | undefined) {
  const place = placeOf(path, name);
  const fault = nameFault(name);
  if (fault !== undefined) throw new FileError(`${place}: the name ${fault}`);
  const natural = naturalDtype(data);
  const dtype = chosen ?? natural;
  if (!writable[natural]?.includes(dtype)) throw new FileError(`${place}: ${natural} cannot be written as ${dtype}`);
  const { width } = dtypeOf(dtype);
  const bytes = bytesOfShape(shape, width);
  if (bytes !== data.length * width) {
    throw new FileError(`${place}: ${data.length} elements do not fill shape [${shape.join(', ')}]`);
  }
  return { name, dtype, shape, data, bytes, width };
}

/** Where tensors lie: wider elements first, so that each starts at a multiple of its width; then by name. */
function layout(
  path: string,
  tensors: Readonly<Record<string, HostTensor>>,
  dtypes: SafetensorsOptions['dtypes'] = {},
) {
  const items = Object.entries(tensors).map(([name, tensor]) =>
    describe(path, name, tensor, Object.hasOwn(dtypes, name) ? dtypes[name] : undefined),
  );
  items.sort((a, b) => b.width - a.width || (a.name < b.name ? -1 : 1));
  let end = 0;
  return items.map((item) => {
    const start = end;
    end += item.bytes;
    return { ...item, offsets: [start, end] as const };
  });
}

/** Elements that are encoded at a time. */
const PIECE = 1 << 18;

/** Writes tensors as one safetensors file, atomically; the same tensors give the same bytes. Throws FileError. */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, HostTensor>>,
  { metadata = {}, dtypes = {} }: SafetensorsOptions = {},
): Promise<void> {
  const items = layout(path, tensors, dtypes);
  await writeAtomic(path, async (write) => {
    await write(formatHeader({ tensors: new Map(items.map((item) => [item.name, item])), metadata }));
    for (const { data, dtype } of items) {
      const { encode } = dtypeOf(dtype);
      for (let at = 0; encode && at < data.length; at += PIECE) await write(encode(data.subarray(at, at + PIECE)));
    }
  });
}
