import type { FileHandle } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import { type HostData, type HostTensor, sizeOf } from '../host-tensor.ts';
import { bytesOfShape, type DtypeName, dtypeOf } from './dtype.ts';
import { fillRange, readRange, room } from './range.ts';
import type { SafetensorsFile } from './safetensors-file.ts';
import { placeOf, type TensorEntry } from './safetensors-header.ts';

/** An open safetensors file whose header was checked. */
interface CheckedFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly header: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The byte at which the tensors' own begin. */
  readonly dataStart: number;
}

/** The tensors of an open file, read when they are asked for. */
export const tensorReader = (file: CheckedFile): SafetensorsFile => ({
  header: file.header,
  metadata: file.metadata,
  read: (name) => readTensor(file, name),
  readRows: (name, from, to) => readRows(file, name, from, to),
  async readBytes(name) {
    const [from, to] = entryOf(file, name).offsets;
    return readRange(file.path, file.handle, file.dataStart + from, to - from);
  },
  async readAll() {
    const tensors: [string, HostTensor][] = [];
    for (const name of file.header.keys()) tensors.push([name, await readTensor(file, name)]);
    return Object.fromEntries(tensors);
  },
  readInto: (name, into) => readInto(file, name, into),
  readFloats: (names) => readFloats(file, names),
  close: () => file.handle.close(),
});

function entryOf({ path, header }: CheckedFile, name: string): TensorEntry {
  const entry = header.get(name);
  if (entry === undefined) throw new FileError(`${placeOf(path, name)}: there is none of this name`);
  return entry;
}

async function readTensor(file: CheckedFile, name: string): Promise<HostTensor> {
  return readPart(file, name, entryOf(file, name).shape, 0);
}

async function readRows(file: CheckedFile, name: string, from: number, to: number): Promise<HostTensor> {
  const { shape, dtype } = entryOf(file, name);
  const [rows, ...rest] = shape;
  const whole = Number.isInteger(from) && Number.isInteger(to);
  if (rows === undefined || !whole || from < 0 || to < from || to > rows)
    throw new FileError(`${placeOf(file.path, name)}: rows ${from} to ${to} of shape [${shape.join(', ')}]`);
  const rowBytes = bytesOfShape(rest, dtypeOf(dtype).width) ?? 0;
  return readPart(file, name, [to - from, ...rest], from * rowBytes);
}

/** A tensor of a shape from the bytes of another, behind those that are skipped. */
async function readPart(file: CheckedFile, name: string, shape: readonly number[], skipped: number) {
  const { dtype, offsets } = entryOf(file, name);
  const length = bytesOfShape(shape, dtypeOf(dtype).width) ?? 0;
  const bytes = await readRange(file.path, file.handle, file.dataStart + offsets[0] + skipped, length);
  return { shape, data: decode(placeOf(file.path, name), dtype, bytes) };
}

function decode(place: string, dtype: DtypeName, bytes: Uint8Array): HostData {
  const reader = dtypeOf(dtype).decode;
  if (reader === undefined) throw new FileError(`${place}: elements of type ${dtype} cannot be read`);
  const data = reader(bytes);
  if (typeof data === 'string') throw new FileError(`${place}: ${data}`);
  return data;
}

async function readInto(file: CheckedFile, name: string, into: Float32Array): Promise<void> {
  const { dtype, shape, offsets } = entryOf(file, name);
  const place = placeOf(file.path, name);
  if (sizeOf(shape) !== into.length)
    throw new FileError(`${place}: expected ${into.length} elements, got shape [${shape.join(', ')}]`);
  if (dtype === 'F32') {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    return fillRange(file.path, file.handle, file.dataStart + offsets[0], bytes);
  }
  const { data } = await readTensor(file, name);
  if (!(data instanceof Float32Array)) throw new FileError(`${place}: expected floating-point numbers, got ${dtype}`);
  into.set(data);
}

/** Elements of float32 that tensors in a block start at multiples of. */
const CACHE_LINE = 16;

async function readFloats(file: CheckedFile, names: readonly string[]) {
  const padded = (name: string): number => Math.ceil(sizeOf(entryOf(file, name).shape) / CACHE_LINE) * CACHE_LINE;
  const { buffer } = room(file.path, 4 * names.reduce((sum, name) => sum + padded(name), 0));
  const tensors: [string, HostTensor<Float32Array>][] = [];
  let end = 0;
  for (const name of names) {
    const { shape } = entryOf(file, name);
    const data = new Float32Array(buffer, 4 * end, sizeOf(shape));
    await readInto(file, name, data);
    tensors.push([name, { shape, data }]);
    end += padded(name);
  }
  return Object.fromEntries(tensors);
}
