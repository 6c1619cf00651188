import { join } from 'node:path';
import { type CacheFacts, readShard, shardName } from '../../distillation/trajectory/shard.ts';
import { type PathEnergy, pathEnergy } from '../statistics/path-energy.ts';

/** How curved the teacher's paths are that a cache holds out; nothing where it holds none. */
export async function heldOutPaths(
  cache: string,
  { heldOut }: Pick<CacheFacts, 'heldOut'>,
): Promise<PathEnergy | undefined> {
  if (heldOut === undefined) return undefined;
  const { states, times } = await readShard(join(cache, shardName('held-out')));
  return pathEnergy(states, times.data);
}
