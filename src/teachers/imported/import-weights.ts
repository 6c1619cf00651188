import type { Checkpoint } from '../../ground/checkpoint/checkpoint.ts';
import { widen } from '../../ground/checkpoint/element.ts';
import { DataError } from '../../ground/errors.ts';
import type { DtypeName } from '../../ground/file/dtype.ts';
import { placeOf } from '../../ground/file/safetensors-header.ts';
import { writeStored } from '../../ground/file/stored-tensors.ts';

/** Copies tensors of a checkpoint, bit by bit, into a safetensors file, one in memory at a time; gives its SHA-256. */
export function copyWeights(path: string, checkpoint: Checkpoint, names: readonly string[]): Promise<string> {
  const tensors = names.flatMap((name) => {
    const tensor = checkpoint.tensors.get(name);
    const bytes = async (): Promise<Uint8Array> => {
      const content = await checkpoint.readBytes(name);
      if (tensor !== undefined) checkFinite(checkpoint.path, name, tensor.dtype, content);
      return content;
    };
    return tensor === undefined ? [] : [{ name, ...tensor, bytes }];
  });
  return writeStored(path, tensors);
}

function checkFinite(path: string, name: string, dtype: DtypeName, bytes: Uint8Array): void {
  const values = widen(placeOf(path, name), dtype, bytes);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (!Number.isFinite(value))
      throw new DataError(`${placeOf(path, name)}: expected finite numbers, got ${value} at element ${index}`);
  }
}
