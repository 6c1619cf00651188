/** NumPy's .npy files (numpy.lib.format, versions 1 to 3), row-major, little-endian. */
import { readFile } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import type { HostTensor } from '../host-tensor.ts';
import { writeAtomic } from './atomic.ts';
import { bytesOfShape, type DtypeName, dtypeOf, naturalDtype } from './dtype.ts';
import { fileFailure } from './failure.ts';

const MAGIC = '\x93NUMPY';

/** NumPy's names of the element types that are read; F64 is rounded to float32, I64 must fit int32. */
const descriptions: Readonly<Record<string, DtypeName>> = {
  '<f2': 'F16',
  '<f4': 'F32',
  '<f8': 'F64',
  '<i4': 'I32',
  '<i8': 'I64',
  '|u1': 'U8',
  '|b1': 'BOOL',
};

/** The header: a Python dictionary of three keys, as NumPy writes it. */
const headerPattern =
  /^\{'descr': '([^']{1,16})', 'fortran_order': (True|False), 'shape': \(((?:\d{1,15}, ?)*(?:\d{1,15})?),?\)(?:, )?\} *\n?$/;

function headerRange(path: string, bytes: Buffer): [number, number] {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== MAGIC) throw new FileError(`${path}: not a .npy file`);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw new FileError(`${path}: version ${version} of .npy, expected 1 to 3`);
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end > bytes.length) throw new FileError(`${path}: is cut off: its header ends at byte ${end} of ${bytes.length}`);
  return [start, end];
}

function parseNpy(path: string, bytes: Buffer): HostTensor {
  const [start, end] = headerRange(path, bytes);
  const [, description = '', order, sizes = ''] = headerPattern.exec(bytes.toString('latin1', start, end)) ?? [];
  if (order === undefined) throw new FileError(`${path}: not a header of .npy`);
  if (order === 'True') throw new FileError(`${path}: column-major (fortran_order), expected row-major`);
  const dtype = Object.hasOwn(descriptions, description) ? descriptions[description] : undefined;
  if (dtype === undefined) {
    throw new FileError(`${path}: elements of type ${description}, expected ${Object.keys(descriptions).join(', ')}`);
  }
  const { width, decode } = dtypeOf(dtype);
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const expected = bytesOfShape(shape, width);
  if (expected !== bytes.length - end) {
    throw new FileError(
      `${path}: expected ${expected ?? 'more'} bytes for shape [${shape.join(', ')}], got ${bytes.length - end}`,
    );
  }
  const data = decode?.(new Uint8Array(bytes.subarray(end))) ?? 'cannot be read';
  if (typeof data === 'string') throw new FileError(`${path}: ${data}`);
  return { shape, data };
}

/** Reads a .npy file. Throws FileError. */
export async function readNpy(path: string): Promise<HostTensor> {
  const bytes = await readFile(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  return parseNpy(path, bytes);
}

/** Writes a .npy file of version 1 (f4, i4 or u1), atomically. Throws FileError. */
export async function writeNpy(path: string, { shape, data }: HostTensor): Promise<void> {
  const dtype = naturalDtype(data);
  if (bytesOfShape(shape, 1) !== data.length) {
    throw new FileError(`${path}: ${data.length} elements do not fill shape [${shape.join(', ')}]`);
  }
  const description = Object.keys(descriptions).find((name) => descriptions[name] === dtype);
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10, MAGIC, 'latin1');
  head.writeUInt16LE(1, 6); // version 1.0
  head.writeUInt16LE(length, 8);
  await writeAtomic(path, async (write) => {
    await write(Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`)]));
    await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}
