import type { Checkpoint } from '../../ground/checkpoint/checkpoint.ts';
import { widen } from '../../ground/checkpoint/element.ts';
import { DataError } from '../../ground/errors.ts';
import { placeOf } from '../../ground/file/safetensors-header.ts';
import { writeStored } from '../../ground/file/stored-tensors.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { LocatedHead } from '../../heads/family/locate.ts';

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

/** Throws DataError where a head's other copy in a checkpoint, of names that start with `twin`, is not equal to it bit by bit. */
export async function checkTwin(
  checkpoint: Checkpoint,
  { prefix, tensors }: Pick<LocatedHead, 'prefix' | 'tensors'>,
  twin: string,
): Promise<void> {
  const { path, tensors: all } = checkpoint;
  for (const name of tensors) {
    const other = twin + name.slice(prefix.length);
    const [own, copy] = [all.get(name), all.get(other)];
    if (own === undefined || copy === undefined) continue; // some writers leave copies out
    const equal =
      own.dtype === copy.dtype &&
      own.shape.join() === copy.shape.join() &&
      Buffer.compare(await checkpoint.readBytes(name), await checkpoint.readBytes(other)) === 0;
    if (!equal)
      throw new DataError(`${placeOf(path, other)}: expected what ${name} holds, whose copy it is, got other numbers`);
  }
}
