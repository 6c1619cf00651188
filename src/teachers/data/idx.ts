import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';

/** An array of bytes as an IDX file holds it, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const MAX_DIMENSIONS = 4;

/**
 * Reads the IDX format (two zero bytes, element type, number of dimensions, big-endian sizes, values); only unsigned
 * bytes. `name` is what errors call the file. Throws DataError where a byte is missing, left over or not understood.
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const rank = parseMagic(bytes, name);
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw new DataError(`${name}: expected a header of ${header} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = sizeOf(shape);
  const found = bytes.length - header;
  if (found !== expected) {
    throw new DataError(`${name}: expected ${expected} values for shape [${shape.join(', ')}], got ${found}`);
  }
  return { shape, data: bytes.subarray(header) };
}

/** The number of dimensions that the first four bytes tell. */
function parseMagic(bytes: Uint8Array, name: string): number {
  const [first, second, type, rank] = bytes;
  if (rank === undefined) throw new DataError(`${name}: expected an IDX file, got ${bytes.length} bytes`);
  if (first !== 0 || second !== 0) throw new DataError(`${name}: expected an IDX file, got other leading bytes`);
  if (type !== UNSIGNED_BYTE) throw new DataError(`${name}: expected unsigned bytes (type 8), got type ${type}`);
  if (rank < 1 || rank > MAX_DIMENSIONS) throw new DataError(`${name}: expected 1–4 dimensions, got ${rank}`);
  return rank;
}
