import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { formatOf, type TensorType } from './format.ts';
import { type CaptureTensorName, captureTensorNames, captureTensors } from './tensors.ts';

/** A tensor of a shard and the file that holds it. */
export interface ShardTensor extends TensorType {
  readonly file: string;
}

/** A part of a capture: the same rows of each tensor. */
export interface CaptureShard {
  readonly name: string;
  /** The capture's row that is the first of this shard. */
  readonly firstRow: number;
  readonly rows: number;
  readonly tensors: ReadonlyMap<CaptureTensorName, ShardTensor>;
}

/** Columns by letter: H of hidden states, D of tokens. */
export type Columns = Partial<Record<'H' | 'D', number>>;

/** Shards in the order of their names, numbers by value. */
const order = new Intl.Collator('en', { numeric: true });

/** The shards of a folder by their files' headers, in order. Throws DataError or FileError naming file and tensor. */
export async function readShards(folder: string): Promise<{ shards: CaptureShard[]; columns: Columns }> {
  const parts = new Map<string, Map<CaptureTensorName, ShardTensor>>();
  for (const file of await filesOf(folder)) {
    const format = formatOf(file);
    if (format === undefined) continue;
    const path = join(folder, file);
    const shard = format.shard(file);
    const tensors = parts.get(shard) ?? new Map<CaptureTensorName, ShardTensor>();
    parts.set(shard, tensors);
    const opened = await format.open(path);
    await opened.close();
    for (const [name, type] of opened.tensors) {
      const other = tensors.get(name);
      if (other !== undefined) throw new DataError(`${path}: tensor ${name}: is in ${other.file}, too`);
      tensors.set(name, { file: path, ...type });
    }
  }
  const names = [...parts.keys()].sort(order.compare);
  if (names.length === 0) throw new DataError(`${folder}: expected .safetensors or .npy files, found none`);
  return numbered(folder, new Map(names.map((name) => [name, parts.get(name) ?? new Map()])));
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw fileFailure(folder, 'read', error);
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.'))
    .sort(order.compare);
}

/** Checks that the shards belong together and counts their rows. */
function numbered(
  folder: string,
  parts: ReadonlyMap<string, ReadonlyMap<CaptureTensorName, ShardTensor>>,
): { shards: CaptureShard[]; columns: Columns } {
  const columns: Columns = {};
  const shards: CaptureShard[] = [];
  let firstRow = 0;
  for (const [name, tensors] of parts) {
    const [first] = shards;
    const expected = first === undefined ? required : [...first.tensors.keys()];
    const lacking = expected.find((tensor) => !tensors.has(tensor));
    const surplus = first && [...tensors.keys()].find((tensor) => !first.tensors.has(tensor));
    const place = `${folder}: shard ${quoted(name)}`;
    if (lacking !== undefined) throw new DataError(`${place}: expected a tensor named ${lacking}, found none`);
    if (surplus !== undefined)
      throw new DataError(`${place}: has the tensor ${surplus}, which shard ${quoted(first?.name ?? '')} has not`);
    const rows = rowsOf(tensors, columns);
    shards.push({ name, firstRow, rows, tensors });
    firstRow += rows;
  }
  return { shards, columns };
}

const required = captureTensorNames.filter((name) => captureTensors[name].required);

/** The rows of a shard; every tensor's shape and type is checked, columns are noted when first seen. */
function rowsOf(tensors: ReadonlyMap<CaptureTensorName, ShardTensor>, columns: Columns): number {
  let rows: number | undefined;
  for (const [name, { file, dtype, shape }] of tensors) {
    const place = `${file}: tensor ${name}`;
    const { columns: letter } = captureTensors[name];
    const [count = 0, width = 0] = shape;
    if (shape.length !== (letter === undefined ? 1 : 2) || count === 0 || (letter !== undefined && width === 0))
      throw new DataError(
        `${place}: expected [N${letter === undefined ? '' : `, ${letter}`}], got [${shape.join(', ')}]`,
      );
    const wanted = letter === undefined ? integers : floats;
    if (!wanted.includes(dtype)) throw new DataError(`${place}: expected ${wanted.join(', ')}, got ${dtype}`);
    rows ??= count;
    if (count !== rows) throw new DataError(`${place}: expected ${rows} rows as beside it, got ${count}`);
    if (letter === undefined) continue;
    columns[letter] ??= width;
    if (width !== columns[letter])
      throw new DataError(`${place}: expected ${letter} = ${columns[letter]} columns as before, got ${width}`);
  }
  return rows ?? 0;
}

const floats: readonly string[] = ['F32', 'F16', 'BF16', 'F64'];
const integers: readonly string[] = ['I32', 'I64'];
