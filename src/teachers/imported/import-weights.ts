import type { Checkpoint } from '../../ground/checkpoint/checkpoint.ts';
import { widen } from '../../ground/checkpoint/element.ts';
import { placeOf } from '../../ground/file/safetensors-header.ts';
import { writeStored } from '../../ground/file/stored-tensors.ts';
import { checkFinite } from '../../ground/finite.ts';

/** Copies tensors of a checkpoint, bit by bit, into a safetensors file, one in memory at a time; gives its SHA-256. */
export function copyWeights(path: string, checkpoint: Checkpoint, names: readonly string[]): Promise<string> {
  const tensors = names.flatMap((name) => {
    const tensor = checkpoint.tensors.get(name);
    const bytes = async (): Promise<Uint8Array> => {
      const content = await checkpoint.readBytes(name);
      if (tensor !== undefined)
        checkFinite(widen(placeOf(checkpoint.path, name), tensor.dtype, content), placeOf(checkpoint.path, name));
      return content;
    };
    return tensor === undefined ? [] : [{ name, ...tensor, bytes }];
  });
  return writeStored(path, tensors);
}
