import { join } from 'node:path';
import { FileError } from '../errors.ts';
import { readStage } from '../file/manifest.ts';
import type { HostTensor } from '../host-tensor.ts';
import type { CachedBatch } from '../method/method.ts';
import { type CacheFacts, cacheFacts, readShard, type Shard } from './shard.ts';

/** A complete trajectory cache in memory. */
export interface TrajectoryCache {
  readonly facts: Pick<CacheFacts, 'contexts' | 'draws'>;
  readonly batch: (rows: ArrayLike<number>, draws: number, firstDraw: number) => ContextBatch;
}

/** The rows of a training batch: paths, and the contexts they belong to. */
export interface ContextBatch extends CachedBatch {
  readonly conditional: HostTensor<Float32Array>; // [B, H]
  readonly unconditional: HostTensor<Float32Array>; // [B, H]
  readonly w: HostTensor<Float32Array>; // [B]
}

/** Loads a cache, its checksums verified. */
export async function openCache(folder: string): Promise<TrajectoryCache> {
  const stage = await readStage(folder, cacheFacts, { verify: true });
  if (stage === undefined)
    throw new FileError(`${folder}: expected a complete trajectory cache, found no manifest.json`);
  const shards: Shard[] = [];
  for (const { path } of stage.files) shards.push(await readShard(join(folder, path)));
  const [first] = shards;
  if (first === undefined) throw new FileError(`${folder}: expected shards, found none`);
  return cacheOf(stage.facts, [first, ...shards.slice(1)]);
}

/** A cache of shards in memory. */
export const cacheOf = (facts: TrajectoryCache['facts'], shards: readonly [Shard, ...Shard[]]): TrajectoryCache => ({
  facts,
  batch: (rows, draws, firstDraw) => gather(shards, shards[0], rows, draws, firstDraw),
});

/**
 * The given rows, with `draws` of each context's K paths starting at path `firstDraw` (cyclic). All shards but the last
 * have the rows of the first.
 */
function gather(
  shards: readonly Shard[],
  first: Shard,
  rows: ArrayLike<number>,
  draws: number,
  firstDraw: number,
): ContextBatch {
  const [perShard = 1, kept = 1, cachedDraws = 1, token = 1] = first.states.shape;
  const places = Array.from(rows, (row) => ({
    shard: shards[Math.floor(row / perShard)] ?? first,
    row: row % perShard,
  }));
  const collect = (name: 'conditional' | 'unconditional' | 'w'): HostTensor<Float32Array> => {
    const width = first[name].data.length / perShard;
    const data = new Float32Array(places.length * width);
    for (const [b, { shard, row }] of places.entries())
      data.set(shard[name].data.subarray(row * width, (row + 1) * width), b * width);
    return { shape: [places.length, ...first[name].shape.slice(1)], data };
  };
  const state = (b: number, g: number): Float32Array => {
    const place = places[b];
    if (place === undefined) throw new RangeError(`row ${b} of a batch of ${places.length}`);
    const start = (place.row * kept + g) * cachedDraws * token;
    const all = place.shard.states.data.subarray(start, start + cachedDraws * token);
    return draws === cachedDraws ? all : chosenDraws(all, draws, firstDraw, cachedDraws, token);
  };
  return {
    contexts: places.length,
    draws,
    token,
    grid: first.times.data,
    state,
    conditional: collect('conditional'),
    unconditional: collect('unconditional'),
    w: collect('w'),
  };
}

function chosenDraws(all: Float32Array, draws: number, first: number, cached: number, token: number): Float32Array {
  const chosen = new Float32Array(draws * token);
  for (let k = 0; k < draws; k++) {
    const from = ((first + k) % cached) * token;
    chosen.set(all.subarray(from, from + token), k * token);
  }
  return chosen;
}
