import { openSafetensors } from '../../ground/file/safetensors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { mapParts, type PerPart } from '../../heads/context.ts';
import type { Shard } from './shard.ts';

/** A value for each tensor that training reads of a context: its parts, and its paths. */
type Columns<Value> = PerPart<Value> & { readonly states: Value; readonly ownEnds?: Value };

/** A context of a shard: its hidden states, guidance, paths [G + 1, K, D] and, where it has some, own ends [K', D]. */
export type Row = Columns<Float32Array>;

/** The rows of a shard, in memory or in its file. */
export interface ShardRows {
  readonly count: number;
  /** The shape of one row of each tensor. */
  readonly shapes: Columns<readonly number[]>;
  /** The kept times [G + 1]. */
  readonly times: Float32Array;
  /** The rows of these indices. */
  readonly read: (rows: readonly number[]) => Promise<Row[]>;
}

/** A value of each tensor that a shard has. */
const columnsOf = <Value>(shard: Shard, value: (tensor: HostTensor<Float32Array>) => Value): Columns<Value> => ({
  ...mapParts(shard, value),
  states: value(shard.states),
  ...(shard.ownEnds && { ownEnds: value(shard.ownEnds) }),
});

const sizesOf = (shard: Shard): Omit<ShardRows, 'read'> => ({
  count: shard.w.data.length,
  shapes: columnsOf(shard, ({ shape }) => shape.slice(1)),
  times: shard.times.data,
});

/** The rows of a shard that is kept in memory: views of it. */
export function rowsInMemory(shard: Shard): ShardRows {
  const { count, ...sizes } = sizesOf(shard);
  const view = ({ data }: HostTensor<Float32Array>, row: number): Float32Array => {
    const width = data.length / count;
    return data.subarray(row * width, (row + 1) * width);
  };
  return { count, ...sizes, read: async (rows) => rows.map((row) => columnsOf(shard, (tensor) => view(tensor, row))) };
}

/** The rows of a shard that stays in its file; `shard` is its content, of which only the sizes are kept. */
export function rowsInFile(path: string, shard: Shard): ShardRows {
  const sizes = sizesOf(shard);
  const names = Object.keys(sizes.shapes);
  return {
    ...sizes,
    read: async (rows) => {
      const file = await openSafetensors(path);
      try {
        const found: Row[] = [];
        for (const row of rows) {
          const parts: [string, unknown][] = [];
          for (const name of names) parts.push([name, (await file.readRows(name, row, row + 1)).data]);
          found.push(Object.fromEntries(parts) as Row);
        }
        return found;
      } finally {
        await file.close();
      }
    },
  };
}
