import { z } from 'zod';
import { DataError } from '../../ground/errors.ts';
import { readSealed, writeSealed } from '../../ground/file/sealed.ts';
import { oddPlace } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { contextKeys, type HostContext } from '../../heads/context.ts';
import { settledPrecision } from './precision.ts';

/** A stretch of the trajectory cache: n contexts with K paths each, G + 1 states a path. */
export interface Shard extends HostContext {
  readonly position: HostTensor<Int32Array>; // [n]
  readonly provenance: HostTensor<Int32Array>; // [n]
  /** The states at the kept times, noise first: [n, G + 1, K, D]. */
  readonly states: HostTensor<Float32Array>;
  /** The kept times, 0 to 1 [G + 1]. */
  readonly times: HostTensor<Float32Array>;
  /** Draws of the system's own sampler, from noise of their own: [n, K', D]. */
  readonly ownEnds?: HostTensor<Float32Array>;
}

/** The tensors that have a row a context, those of three-way guidance and own ends only where they are used. */
const perContext = [...contextKeys, 'position', 'provenance', 'ownEnds'] as const;

/** What the teacher and its system make of contexts. */
const results = ['states', 'ownEnds'] as const;

const names = ['conditional', 'unconditional', 'w', 'position', 'provenance', 'states', 'times'] as const;

/** What is known of all shards of a cache; kept in its manifest and in every shard's metadata. */
export const cacheFacts = z.strictObject({
  teacher: z.string(),
  solver: z.string(),
  steps: z.number().int(),
  draws: z.number().int(),
  contexts: z.number().int(),
  /** Sizes of the held-out set; caches of earlier versions have none. */
  heldOut: z
    .strictObject({ contexts: z.number().int(), draws: z.number().int(), ownEnds: z.number().int().exactOptional() })
    .exactOptional(),
  /** Draws of the system's own sampler a context, where there are any. */
  ownEnds: z.number().int().exactOptional(),
  token: z.number().int(),
  condition: z.number().int(),
  /** Of the paths that are trained on, where the recipe left it open or asked for another than float32. */
  precision: settledPrecision.exactOptional(),
  /** Head forwards that the cache cost, its held-out set and own ends included. */
  forwards: z.number(),
  seconds: z.number(),
});

/** The facts of a cache. */
export type CacheFacts = z.output<typeof cacheFacts>;

/** Sizes that the bytes of a shard follow from. */
type ShardSizes = Readonly<Record<'draws' | 'keep' | 'token' | 'condition', number>> & { readonly ownEnds?: number };

/** Bytes of the tensors of n contexts, K paths each, `keep` + 1 states a path, and own ends. */
export const shardBytes = (rows: number, { draws, keep, token, condition, ownEnds = 0 }: ShardSizes): number =>
  4 * (rows * (2 * condition + 3 + ((keep + 1) * draws + ownEnds) * token) + keep + 1);

/** The place of a shard among those that are trained on, or the one that is held out. */
export type ShardIndex = number | 'held-out';

/** The file name of a shard. */
export const shardName = (index: ShardIndex): string =>
  `${index === 'held-out' ? index : `shard-${String(index).padStart(5, '0')}`}.safetensors`;

/** Writes a shard, atomically and sealed; `origin` says what made it. Throws DataError where a number is not finite. */
export async function writeShard(path: string, shard: Shard, origin: Readonly<Record<string, string>>): Promise<void> {
  for (const name of [...contextKeys, ...results] as const) {
    const tensor = shard[name];
    const odd = tensor === undefined ? -1 : oddPlace(tensor.data);
    if (tensor !== undefined && odd >= 0) throw notFinite(path, name, tensor, odd, shard);
  }
  await writeSealed(path, { ...shard }, origin);
}

/** What is wrong with a tensor that is about to be written, and where it most likely comes from. */
function notFinite(path: string, name: string, tensor: HostTensor, odd: number, shard: Shard): DataError {
  const row = Math.floor(odd / (tensor.data.length / (tensor.shape[0] ?? 1)));
  const width = shard.conditional.shape[1] ?? 1;
  const most = shard.conditional.data
    .subarray(row * width, (row + 1) * width)
    .reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
  const source = name === 'ownEnds' ? "system's own sampler" : "teacher's flow";
  const cause =
    name === 'states' || name === 'ownEnds'
      ? `the ${source} left float32 under a hidden state of up to ${most.toPrecision(3)}: are the captured states scaled as the head expects?`
      : 'the hidden states that it was given are not finite';
  return new DataError(
    `${path}: tensor ${name}: expected finite numbers, got ${tensor.data[odd]} in context ${row}; ${cause}`,
  );
}

/** Reads a shard whole, checks its seal and that its tensors fit one another. */
export async function readShard(path: string): Promise<Shard> {
  const { tensors } = await readSealed(path);
  const missing = names.filter((name) => tensors[name] === undefined);
  if (missing.length > 0)
    throw new DataError(`${path}: expected the tensors ${names.join(', ')}; missing: ${missing.join(', ')}`);
  const shard = tensors as unknown as Shard;
  const rows = shard.states.shape[0];
  for (const name of perContext) {
    const found = tensors[name];
    if (found !== undefined && found.shape[0] !== rows)
      throw new DataError(`${path}: tensor ${name}: expected ${rows} rows, got ${found.shape[0]}`);
  }
  for (const name of results) {
    const data = shard[name]?.data ?? new Float32Array();
    const bad = oddPlace(data);
    if (bad >= 0)
      throw new DataError(`${path}: tensor ${name}: expected finite numbers, got ${data[bad]} at element ${bad}`);
  }
  return shard;
}
