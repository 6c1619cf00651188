/** The head of NumPy's .npy files (numpy.lib.format, versions 1 to 3), read with no trust in it. */
import { FileError } from '../errors.ts';
import { bytesOfShape, type DtypeName, dtypeOf } from './dtype.ts';

/** What every .npy file starts with. */
export const npyMagic = '\x93NUMPY';

/** NumPy's names of the element types that are read; F64 is rounded to float32, I64 must fit int32. */
export const npyTypes: Readonly<Record<string, DtypeName>> = {
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

/** The most dimensions of an array. */
const MOST_DIMENSIONS = 32;

/** The longest header that is read, in bytes; NumPy's are about a hundred. */
const longestHeader = 1 << 16;

/** Bytes that tell where the header ends. */
export const npyStart = 12;

/** From which byte to which the header's text goes, by the first `npyStart` bytes of a file of `size` bytes. */
export function npyHeaderRange(path: string, bytes: Buffer, size: number): [number, number] {
  if (bytes.length < npyStart || bytes.toString('latin1', 0, 6) !== npyMagic)
    throw new FileError(`${path}: not a .npy file`);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw new FileError(`${path}: version ${version} of .npy, expected 1 to 3`);
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end - start > longestHeader) throw new FileError(`${path}: not a .npy file: a header of ${end - start} bytes`);
  if (end > size) throw new FileError(`${path}: is cut off: its header ends at byte ${end} of ${size}`);
  return [start, end];
}

/** The element type and shape that a header's text states, for `dataBytes` bytes behind it. Throws FileError. */
export function parseNpyHeader(path: string, text: string, dataBytes: number): { dtype: DtypeName; shape: number[] } {
  const [, description = '', order, sizes = ''] = headerPattern.exec(text) ?? [];
  if (order === undefined) throw new FileError(`${path}: not a header of .npy`);
  if (order === 'True') throw new FileError(`${path}: column-major (fortran_order), expected row-major`);
  const dtype = Object.hasOwn(npyTypes, description) ? npyTypes[description] : undefined;
  if (dtype === undefined)
    throw new FileError(`${path}: elements of type ${description}, expected ${Object.keys(npyTypes).join(', ')}`);
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  if (shape.length > MOST_DIMENSIONS)
    throw new FileError(`${path}: ${shape.length} dimensions, expected at most ${MOST_DIMENSIONS}`);
  const expected = bytesOfShape(shape, dtypeOf(dtype).width);
  if (expected !== dataBytes)
    throw new FileError(
      `${path}: expected ${expected ?? 'more'} bytes for shape [${shape.join(', ')}], got ${dataBytes}`,
    );
  return { dtype, shape };
}
