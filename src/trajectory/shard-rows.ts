import { openSafetensors } from '../file/safetensors.ts';
import type { Shard } from './shard.ts';

/** What training reads of each context. */
const columns = ['conditional', 'unconditional', 'w', 'states'] as const;

/** The name of a tensor of a row for each context. */
export type Column = (typeof columns)[number];

/** A context of a shard: its hidden states, guidance and paths [G + 1, K, D]. */
export type Row = Readonly<Record<Column, Float32Array>>;

/** The rows of a shard, in memory or in its file. */
export interface ShardRows {
  readonly count: number;
  /** The shape of one row of each tensor. */
  readonly shapes: Readonly<Record<Column, readonly number[]>>;
  /** The kept times [G + 1]. */
  readonly times: Float32Array;
  /** The rows of these indices. */
  readonly read: (rows: readonly number[]) => Promise<Row[]>;
}

const columnsOf = <Value>(value: (name: Column) => Value): Record<Column, Value> =>
  Object.fromEntries(columns.map((name) => [name, value(name)])) as Record<Column, Value>;

const sizesOf = (shard: Shard): Omit<ShardRows, 'read'> => ({
  count: shard.w.data.length,
  shapes: columnsOf((name) => shard[name].shape.slice(1)),
  times: shard.times.data,
});

/** The rows of a shard that is kept in memory: views of it. */
export function rowsInMemory(shard: Shard): ShardRows {
  const { count, ...sizes } = sizesOf(shard);
  const view = (name: Column, row: number): Float32Array => {
    const { data } = shard[name];
    const width = data.length / count;
    return data.subarray(row * width, (row + 1) * width);
  };
  return { count, ...sizes, read: async (rows) => rows.map((row) => columnsOf((name) => view(name, row))) };
}

/** The rows of a shard that stays in its file; `shard` is its content, of which only the sizes are kept. */
export function rowsInFile(path: string, shard: Shard): ShardRows {
  return {
    ...sizesOf(shard),
    read: async (rows) => {
      const file = await openSafetensors(path);
      try {
        const found: Row[] = [];
        for (const row of rows) {
          const parts: [Column, unknown][] = [];
          for (const name of columns) parts.push([name, (await file.readRows(name, row, row + 1)).data]);
          found.push(Object.fromEntries(parts) as Row);
        }
        return found;
      } finally {
        await file.close();
      }
    },
  };
}
