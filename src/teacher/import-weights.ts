import { createHash } from 'node:crypto';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { widen } from '../checkpoint/element.ts';
import { DataError } from '../errors.ts';
import { writeAtomic } from '../file/atomic.ts';
import { bytesOfShape, type DtypeName, dtypeOf } from '../file/dtype.ts';
import { formatHeader, placeOf } from '../file/safetensors-header.ts';

/** Copies tensors of a checkpoint, bit by bit, into a safetensors file, one in memory at a time; gives its SHA-256. */
export async function copyWeights(path: string, checkpoint: Checkpoint, names: readonly string[]): Promise<string> {
  const entries = layout(checkpoint, names);
  const hash = createHash('sha256');
  await writeAtomic(path, async (write) => {
    const put = (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      return write(bytes);
    };
    await put(formatHeader({ tensors: entries, metadata: {} }));
    for (const [name, { dtype }] of entries) {
      const bytes = await checkpoint.readBytes(name);
      checkFinite(checkpoint.path, name, dtype, bytes);
      await put(bytes);
    }
  });
  return hash.digest('hex');
}

/** Wider elements first, so that each starts at a multiple of its width; then by name. */
function layout({ tensors }: Checkpoint, names: readonly string[]) {
  const items = names.flatMap((name) => {
    const tensor = tensors.get(name);
    return tensor === undefined ? [] : [{ name, ...tensor, width: dtypeOf(tensor.dtype).width }];
  });
  items.sort((a, b) => b.width - a.width || (a.name < b.name ? -1 : 1));
  let end = 0;
  return new Map(
    items.map(({ name, dtype, shape, width }) => {
      const start = end;
      end += bytesOfShape(shape, width) ?? 0;
      return [name, { dtype, shape, offsets: [start, end] as const }];
    }),
  );
}

function checkFinite(path: string, name: string, dtype: DtypeName, bytes: Uint8Array): void {
  const values = widen(placeOf(path, name), dtype, bytes);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (!Number.isFinite(value))
      throw new DataError(`${placeOf(path, name)}: expected finite numbers, got ${value} at element ${index}`);
  }
}
