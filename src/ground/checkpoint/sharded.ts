import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FileError } from '../errors.ts';
import { fileFailure } from '../file/failure.ts';
import { placeOf } from '../file/safetensors-header.ts';
import type { Checkpoint, CheckpointOptions, CheckpointTensor } from './checkpoint.ts';
import { openFile } from './file.ts';
import { readShardIndex } from './shard-index.ts';
import { weightsOf } from './weights.ts';

interface ShardTensor extends CheckpointTensor {
  readonly shard: Checkpoint;
}

/**
 * Refuses a file that is a link out of the folder. The Hugging Face cache, whose `snapshots/<commit>` folders link to
 * `blobs` beside `snapshots`, is let through.
 */
async function checkInside(path: string): Promise<void> {
  const real = await realpath(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  const folder = await realpath(dirname(path));
  const blobs = resolve(folder, '..', '..', 'blobs');
  if (![folder, blobs].includes(dirname(real))) {
    throw new FileError(`${path}: is a link to ${real}, expected a file of the folder`);
  }
}

async function openShards(
  paths: ReadonlySet<string>,
  options: CheckpointOptions,
  shards: Map<string, Checkpoint>,
): Promise<void> {
  for (const path of paths) {
    await checkInside(path);
    shards.set(path, await openFile(path, options));
  }
}

/**
 * Opens a sharded model by its list. Only files that hold a name that passes `only` are opened, and of them only the
 * headers are read. Throws FileError where a file is missing or does not hold what the list says.
 */
export async function openSharded(path: string, options: CheckpointOptions): Promise<Checkpoint> {
  const { only = () => true } = options;
  const places = [...(await readShardIndex(path))]
    .filter(([name]) => only(name))
    .map(([name, file]): [string, string] => [name, join(dirname(path), file)]);
  const shards = new Map<string, Checkpoint>();
  const close = async () => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    await openShards(new Set(places.map(([, file]) => file)), options, shards);
    const tensors = new Map(places.map(([name, file]) => [name, tensorOf(path, name, file, shards.get(file))]));
    return weightsOf({ path, tensors, readBytes: (name, { shard }) => shard.readBytes(name), close });
  } catch (error) {
    await close();
    throw error;
  }
}

function tensorOf(path: string, name: string, file: string, shard: Checkpoint | undefined): ShardTensor {
  const tensor = shard?.tensors.get(name);
  if (shard === undefined || tensor === undefined) {
    throw new FileError(`${placeOf(path, name)}: expected in ${file}, which holds none of this name`);
  }
  return { ...tensor, shard };
}
