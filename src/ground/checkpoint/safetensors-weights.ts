import { openSafetensors } from '../file/safetensors.ts';
import type { Checkpoint, CheckpointOptions } from './checkpoint.ts';
import { weightsOf } from './weights.ts';

/** Opens the weights of one safetensors file. Throws FileError. */
export async function openSafetensorsWeights(path: string, { only }: CheckpointOptions): Promise<Checkpoint> {
  const file = await openSafetensors(path);
  const { header: tensors } = file;
  return weightsOf({ path, tensors, readBytes: (name) => file.readBytes(name), close: () => file.close() }, only);
}
