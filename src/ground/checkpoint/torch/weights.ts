/** What the two formats of PyTorch files share once their pickle is read. */
import { FileError } from '../../errors.ts';
import { dtypeOf } from '../../file/dtype.ts';
import { placeOf } from '../../file/safetensors-header.ts';
import type { Checkpoint, CheckpointOptions } from '../checkpoint.ts';
import type { Value } from '../pickle/value.ts';
import type { Source } from '../source.ts';
import { weightsOf } from '../weights.ts';
import { selectTensors } from './selection.ts';
import { readStrided } from './strided.ts';
import type { Storage, Tensor } from './tensor.ts';

/** The longest pickle that is read, in bytes; those of a model of a thousand tensors have some 200,000. */
export const LONGEST_PICKLE = 1 << 26;

/** A PyTorch file: what its pickle holds, and how the storages that this names are read. */
export interface TorchFile {
  readonly root: Value;
  readonly bigEndian: boolean;
  /** The bytes that are stored for a storage, or undefined where there is none. */
  storedBytes(storage: Storage): number | undefined;
  read(storage: Storage, from: number, length: number): Promise<Uint8Array>;
}

/** Elements of `width` bytes in the other order of bytes. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (let at = 0; at + width <= copy.length; at += width) copy.subarray(at, at + width).reverse();
  return copy;
}

/** The tensors of a PyTorch file that are meant, as a checkpoint. Throws FileError where a storage is not as claimed. */
export function torchWeights(source: Source, file: TorchFile, { select = [], only }: CheckpointOptions): Checkpoint {
  const { path } = source;
  const tensors = selectTensors(path, file.root, select);
  for (const [name, { storage }] of tensors) {
    const [expected, got] = [storage.elements * dtypeOf(storage.dtype).width, file.storedBytes(storage)];
    if (got !== expected) {
      const what = `storage ${storage.key} of ${storage.elements} ${storage.dtype}`;
      throw new FileError(`${placeOf(path, name)}: expected ${expected} bytes for ${what}, got ${got ?? 'none'}`);
    }
  }
  const readBytes = async (_: string, tensor: Tensor) => {
    const bytes = await readStrided(path, tensor, (from, length) => file.read(tensor.storage, from, length));
    return file.bigEndian ? swapped(bytes, dtypeOf(tensor.dtype).width) : bytes;
  };
  return weightsOf({ path, tensors, readBytes, close: () => source.close() }, only);
}
