/** The head of a safetensors file (github.com/huggingface/safetensors, "Format"), read with no trust in it. */
import { z } from 'zod';
import { FileError } from '../errors.ts';
import { bytesOfShape, type DtypeName, dtypeOf, dtypes, isDtype } from './dtype.ts';
import { checked, parseJson } from './json.ts';
import { quoted } from './quoted.ts';

/** A tensor of a file: its element type, its shape, and the range [from, to) of its bytes after the header. */
export interface TensorEntry {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly offsets: readonly [number, number];
}

/** Tensors by name, and free text by key. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The longest header that is read, in bytes; the format allows 100 MB, and a thousand tensors take 0.1. */
export const LONGEST_HEADER = 1 << 24;

/** The most tensors of a file; the shards of the largest models have a few thousand. */
const MOST_TENSORS = 1 << 16;

/** Of a header: the object, a tensor, a list of it; each tensor has a type, up to 16 sizes and two offsets. */
const limits = { depth: 3, values: 20 * MOST_TENSORS, key: 4096 };

const sizeSchema = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z
    .string()
    .refine(isDtype, { error: (issue) => `expected one of ${Object.keys(dtypes).join(', ')}, got ${issue.input}` }),
  shape: z.array(sizeSchema).max(16),
  data_offsets: z.tuple([sizeSchema, sizeSchema]),
});
const objectSchema = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

/** Why a text is no name of a tensor, or undefined. */
export const nameFault = (name: string): string | undefined => {
  if (name === '') return 'is empty';
  if (name === '__metadata__') return 'is reserved';
  if (name.length > 1024) return 'is longer than 1024 characters';
  return /[\p{Cc}\p{Cs}]/u.test(name) ? 'holds a control character' : undefined;
};

/** How a tensor is called in messages. */
export const placeOf = (path: string, name: string): string => `${path}: tensor ${quoted(name, 200)}`;

function entryOf(path: string, name: string, value: unknown): TensorEntry {
  const place = placeOf(path, name);
  const fault = nameFault(name);
  if (fault !== undefined) throw new FileError(`${place}: the name ${fault}`);
  const { dtype, shape, data_offsets: offsets } = checked(place, value, entrySchema);
  const expected = bytesOfShape(shape, dtypeOf(dtype).width);
  const got = offsets[1] - offsets[0];
  if (got !== expected) {
    const wanted = expected === undefined ? 'more bytes than can be counted' : `${expected} bytes`;
    throw new FileError(`${place}: expected ${wanted} for ${dtype} [${shape.join(', ')}], its offsets span ${got}`);
  }
  return { dtype, shape, offsets };
}

function metadataOf(path: string, value: unknown): Record<string, string> {
  const place = `${path}: header: __metadata__`;
  const pairs = Object.entries(checked(place, value, objectSchema)).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw new FileError(`${place}: ${quoted(key)} must be text`);
    return [key, text];
  });
  return Object.fromEntries(pairs);
}

/** Refuses tensors that overlap, leave a gap, or do not end with the data. */
function checkCover(path: string, tensors: ReadonlyMap<string, TensorEntry>, dataBytes: number): void {
  const order = [...tensors].sort(([, a], [, b]) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  let end = 0;
  for (const [name, { offsets }] of order) {
    if (offsets[0] !== end) {
      throw new FileError(
        `${placeOf(path, name)}: expected to start at byte ${end} of the data, starts at ${offsets[0]}`,
      );
    }
    end = offsets[1];
    if (end > dataBytes) {
      throw new FileError(`${placeOf(path, name)}: ends at byte ${end} of the data, the file has ${dataBytes}`);
    }
  }
  if (end !== dataBytes) throw new FileError(`${path}: expected ${end} bytes of data, got ${dataBytes}`);
}

/** Checks and types a header of a file with `dataBytes` bytes after it. Throws FileError naming file and tensor. */
export function parseHeader(path: string, bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  if (bytes[0] !== 0x7b) throw new FileError(`${path}: not a safetensors file: its header does not start with "{"`);
  const value = checked(`${path}: header`, parseJson(`${path}: header`, bytes, limits), objectSchema);
  const tensors = new Map<string, TensorEntry>();
  const entries = Object.entries(value);
  if (entries.length > MOST_TENSORS + 1)
    throw new FileError(`${path}: header: expected at most ${MOST_TENSORS} tensors, got ${entries.length}`);
  for (const [name, entry] of entries) {
    if (name !== '__metadata__') tensors.set(name, entryOf(path, name, entry));
  }
  checkCover(path, tensors, dataBytes);
  return { tensors, metadata: Object.hasOwn(value, '__metadata__') ? metadataOf(path, value.__metadata__) : {} };
}

/** The header's bytes with its length before it, filled up with spaces so that the data starts at a multiple of 8. */
export function formatHeader({ tensors, metadata }: SafetensorsHeader): Uint8Array {
  const keys = Object.keys(metadata).sort();
  const entries = [...tensors].map(([name, { dtype, shape, offsets }]) => [
    name,
    { dtype, shape, data_offsets: offsets },
  ]);
  const text = JSON.stringify({
    ...(keys.length > 0 && { __metadata__: Object.fromEntries(keys.map((key) => [key, metadata[key]])) }),
    ...Object.fromEntries(entries),
  });
  const bytes = Buffer.from(text);
  const length = Math.ceil(bytes.length / 8) * 8;
  const header = Buffer.alloc(8 + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  bytes.copy(header, 8);
  return header;
}
