import type { Checkpoint, CheckpointOptions } from './checkpoint.ts';
import { openFile } from './file.ts';
import { weightsFile } from './folder.ts';
import { openSharded } from './sharded.ts';
import { kindOf } from './source.ts';

/**
 * Opens foreign weights: a safetensors or PyTorch file, the list of a sharded model, or the folder of one of these.
 * Nothing that a file holds is executed. Throws FileError naming the file, and the tensor or instruction, at fault.
 */
export async function openCheckpoint(path: string, options: CheckpointOptions = {}): Promise<Checkpoint> {
  const file = (await kindOf(path)) === 'folder' ? await weightsFile(path) : path;
  return file.endsWith('.index.json') ? openSharded(file, options) : openFile(file, options);
}
