import { createHash } from 'node:crypto';
import { FileError } from '../errors.ts';
import { writeAtomic } from './atomic.ts';
import { bytesOfShape, type DtypeName, dtypeOf } from './dtype.ts';
import { formatHeader, placeOf } from './safetensors-header.ts';

/** A tensor as a file is to hold it; its bytes are asked for when they are written. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly bytes: () => Promise<Uint8Array>;
}

/** Writes tensors, byte by byte, as one safetensors file, one in memory at a time; gives its SHA-256. Throws FileError. */
export async function writeStored(
  path: string,
  tensors: readonly StoredTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  const items = layout(tensors);
  const hash = createHash('sha256');
  await writeAtomic(path, async (write) => {
    const put = (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      return write(bytes);
    };
    await put(formatHeader({ tensors: new Map(items.map((item) => [item.name, item])), metadata }));
    for (const { name, bytes, offsets } of items) {
      const content = await bytes();
      const expected = offsets[1] - offsets[0];
      if (content.byteLength !== expected)
        throw new FileError(`${placeOf(path, name)}: expected ${expected} bytes, got ${content.byteLength}`);
      await put(content);
    }
  });
  return hash.digest('hex');
}

/** Wider elements first, so that each starts at a multiple of its width; then by name. */
function layout(tensors: readonly StoredTensor[]) {
  const width = ({ dtype }: StoredTensor): number => dtypeOf(dtype).width;
  let end = 0;
  return tensors
    .toSorted((a, b) => width(b) - width(a) || (a.name < b.name ? -1 : 1))
    .map((tensor) => {
      const start = end;
      end += bytesOfShape(tensor.shape, width(tensor)) ?? 0;
      return { ...tensor, offsets: [start, end] as const };
    });
}
