/** Tensors in files: safetensors, read by ranges and written piece by piece. */
import { type FileHandle, open } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import type { HostTensor } from '../host-tensor.ts';
import { writeAtomic } from './atomic.ts';
import { bytesOfShape, type DtypeName, dtypeOf, naturalDtype } from './dtype.ts';
import { fileFailure } from './failure.ts';
import { readRange } from './range.ts';
import type { SafetensorsFile } from './safetensors-file.ts';
import { formatHeader, LONGEST_HEADER, nameFault, parseHeader, placeOf } from './safetensors-header.ts';
import { tensorReader } from './tensor-reader.ts';

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
    return tensorReader({ path, handle, header: tensors, metadata, dataStart });
  } catch (error) {
    await handle.close();
    throw fileFailure(path, 'read', error);
  }
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
