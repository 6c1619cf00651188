/** Hidden states that users dumped from their own model: what imported teachers are distilled on. */
import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { readPlaces, readPositions } from './read.ts';
import { type CaptureShard, readShards } from './shards.ts';
import { type SplitName, sequencesOf, splitRows } from './split.ts';
import type { CaptureTensorName } from './tensors.ts';

/** A folder of shards, opened: headers are in memory, rows are read when they are asked for. */
export interface Capture {
  readonly path: string;
  /** N: rows of all shards. */
  readonly rows: number;
  /** H: dimensions of a hidden state. */
  readonly condition: number;
  /** D: dimensions of a token, where targets were captured. */
  readonly token?: number;
  readonly shards: readonly CaptureShard[];
  readonly has: (name: CaptureTensorName) => boolean;
  /** The given rows of a tensor, every number finite. Throws DataError naming file, tensor and row. */
  readonly read: (
    name: Exclude<CaptureTensorName, 'position'>,
    rows: ArrayLike<number>,
  ) => Promise<HostTensor<Float32Array>>;
  /** Index of each row in its sequence [N], where captured. */
  readonly positions: () => Promise<Int32Array | undefined>;
  /** The sequence of each row [N]: images or utterances; each row's own where they are not told apart. */
  readonly sequences: () => Promise<Int32Array>;
  /** The rows to train on, or those to test with. */
  readonly split: (name: SplitName) => Promise<Int32Array>;
}

/** Opens a capture and checks names, shapes and types of all its tensors. Throws DataError or FileError. */
export async function openCapture(path: string): Promise<Capture> {
  const { shards, columns } = await readShards(path);
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  const has = (name: CaptureTensorName): boolean => shards[0]?.tensors.has(name) ?? false;
  let places: Promise<Int32Array | undefined> | undefined;
  const positions = (): Promise<Int32Array | undefined> => {
    places ??= has('position') ? readPositions(shards, rows) : Promise.resolve(undefined);
    return places;
  };
  const splits: Partial<Record<SplitName, Promise<Int32Array>>> = {};
  return {
    path,
    rows,
    condition: columns.H ?? 0,
    ...(columns.D !== undefined && { token: columns.D }),
    shards,
    has,
    read: (name, wanted) => {
      if (!has(name)) throw new DataError(`${path}: expected a tensor named ${name}, found none`);
      return readPlaces(shards, name, wanted);
    },
    positions,
    sequences: async () => sequencesOf(rows, await positions()),
    split: (name) => {
      splits[name] ??= positions().then((known) => splitRows(path, rows, known, name));
      return splits[name];
    },
  };
}
