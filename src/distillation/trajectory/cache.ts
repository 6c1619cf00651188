import { join } from 'node:path';
import { DataError, FileError } from '../../ground/errors.ts';
import { readStage } from '../../ground/file/manifest.ts';
import { type HostTensor, sizeOf } from '../../ground/host-tensor.ts';
import { type ContextKey, type HostContext, mapParts } from '../../heads/context.ts';
import type { CachedBatch } from '../method/method.ts';
import { type CacheFacts, cacheFacts, readShard, type Shard, shardName } from './shard.ts';
import { type Row, rowsInFile, rowsInMemory, type ShardRows } from './shard-rows.ts';

/** Solved paths: K of each context. */
export interface PathSet {
  readonly facts: Pick<CacheFacts, 'contexts' | 'draws' | 'ownEnds'>;
  readonly batch: (rows: ArrayLike<number>, draws: number, firstDraw: number) => Promise<ContextBatch>;
}

/** A complete trajectory cache: what is trained on, and what is held out, where there is such a set. */
export interface TrajectoryCache extends PathSet {
  readonly heldOut?: PathSet;
}

/** The rows of a training batch: paths, and the contexts they belong to. */
export interface ContextBatch extends CachedBatch, HostContext {}

/** How a cache is opened. */
export interface CacheOptions {
  /** Bytes of shards that may be kept in memory, just below 2 GiB unless given: the rows of a larger cache are read as needed. */
  readonly budget?: number;
}

/** The most bytes of a cache that is kept in memory where nothing else is asked for. */
const usualBudget = 2 ** 31 - 1;

/** Opens a cache, its checksums verified. */
export async function openCache(folder: string, { budget = usualBudget }: CacheOptions = {}): Promise<TrajectoryCache> {
  const stage = await readStage(folder, cacheFacts, { verify: true });
  if (stage === undefined)
    throw new FileError(`${folder}: expected a complete trajectory cache, found no manifest.json`);
  const resident = stage.files.reduce((sum, { bytes }) => sum + bytes, 0) <= budget;
  const shards: ShardRows[] = [];
  for (const file of stage.files.filter(({ path }) => path !== shardName('held-out'))) {
    const path = join(folder, file.path);
    const shard = await readShard(path);
    shards.push(resident ? rowsInMemory(shard) : rowsInFile(path, shard));
  }
  const { heldOut } = stage.facts;
  return {
    ...pathsOf(stage.facts, shards),
    ...(heldOut && { heldOut: cacheOf(heldOut, [await readShard(join(folder, shardName('held-out')))]) }),
  };
}

/** Shards in memory. */
export const cacheOf = (facts: PathSet['facts'], shards: readonly Shard[]): PathSet =>
  pathsOf(facts, shards.map(rowsInMemory));

const pathsOf = (facts: PathSet['facts'], shards: readonly ShardRows[]): PathSet => ({
  facts,
  batch: (rows, draws, firstDraw) => gather(shards, rows, draws, firstDraw),
});

/**
 * The given rows, with `draws` of each context's K paths starting at path `firstDraw` (cyclic). All shards but the last
 * have the rows of the first.
 */
async function gather(
  shards: readonly ShardRows[],
  wanted: ArrayLike<number>,
  draws: number,
  firstDraw: number,
): Promise<ContextBatch> {
  const [first] = shards;
  if (first === undefined) throw new DataError('trajectories: expected shards, found none');
  const rows = await rowsOf(shards, first.count, Array.from(wanted));
  const [cachedDraws = 1, token = 1] = first.shapes.states.slice(1);
  const collect = (width: readonly number[], name: ContextKey): HostTensor<Float32Array> => {
    const shape = [rows.length, ...width];
    const data = new Float32Array(sizeOf(shape));
    for (const [b, row] of rows.entries()) data.set(row[name] ?? [], (b * data.length) / rows.length);
    return { shape, data };
  };
  const state = (b: number, g: number): Float32Array => {
    const row = rows[b];
    if (row === undefined) throw new RangeError(`row ${b} of a batch of ${rows.length}`);
    const all = row.states.subarray(g * cachedDraws * token, (g + 1) * cachedDraws * token);
    return draws === cachedDraws ? all : chosenDraws(all, draws, firstDraw, cachedDraws, token);
  };
  const [ownDraws = 0] = first.shapes.ownEnds ?? [];
  return {
    contexts: rows.length,
    draws,
    token,
    grid: first.times,
    state,
    ...(ownDraws > 0 && { ownEnds: { draws: ownDraws, of: (b) => rows[b]?.ownEnds ?? new Float32Array() } }),
    ...mapParts(first.shapes, collect),
  };
}

/** The wanted rows of all shards, each shard asked once. */
async function rowsOf(shards: readonly ShardRows[], perShard: number, wanted: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, shard] of shards.entries()) {
    const places = wanted.flatMap((row, b) => (Math.floor(row / perShard) === index ? [b] : []));
    if (places.length === 0) continue;
    const found = await shard.read(places.map((b) => (wanted[b] ?? 0) % perShard));
    for (const [i, row] of found.entries()) rows[places[i] ?? 0] = row;
  }
  return rows;
}

function chosenDraws(all: Float32Array, draws: number, first: number, cached: number, token: number): Float32Array {
  const chosen = new Float32Array(draws * token);
  for (let k = 0; k < draws; k++) {
    const from = ((first + k) % cached) * token;
    chosen.set(all.subarray(from, from + token), k * token);
  }
  return chosen;
}
