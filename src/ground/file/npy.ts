/** NumPy's .npy files (numpy.lib.format, versions 1 to 3), row-major, little-endian. */
import { readFile } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import type { HostTensor } from '../host-tensor.ts';
import { writeAtomic } from './atomic.ts';
import { bytesOfShape, dtypeOf, naturalDtype } from './dtype.ts';
import { fileFailure } from './failure.ts';
import { npyHeaderRange, npyMagic, npyTypes, parseNpyHeader } from './npy-header.ts';

function parseNpy(path: string, bytes: Buffer): HostTensor {
  const [start, end] = npyHeaderRange(path, bytes, bytes.length);
  const { dtype, shape } = parseNpyHeader(path, bytes.toString('latin1', start, end), bytes.length - end);
  const data = dtypeOf(dtype).decode?.(new Uint8Array(bytes.subarray(end))) ?? 'cannot be read';
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
  const description = Object.keys(npyTypes).find((name) => npyTypes[name] === dtype);
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10, npyMagic, 'latin1');
  head.writeUInt16LE(1, 6); // version 1.0
  head.writeUInt16LE(length, 8);
  await writeAtomic(path, async (write) => {
    await write(Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`)]));
    await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}
