import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { oddPlace } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { throwIfInterrupted } from '../../ground/interruption.ts';
import { formatOf } from './format.ts';
import type { CaptureShard, ShardTensor } from './shards.ts';
import type { CaptureTensorName } from './tensors.ts';

/** Numbers that are read at a time where neighbouring rows are wanted. */
const LONGEST_RUN = 1 << 22;

const rowsAtATime = (columns: number): number => Math.max(1, Math.floor(LONGEST_RUN / Math.max(1, columns)));

/** A stretch of wanted rows of one shard, `from` … `to` − 1, and where each goes. */
interface Run {
  readonly from: number;
  to: number;
  readonly targets: number[][];
}

/** The given rows of a float tensor [rows, columns], in the order asked for. */
export async function readPlaces(
  shards: readonly CaptureShard[],
  name: CaptureTensorName,
  wanted: ArrayLike<number>,
): Promise<HostTensor<Float32Array>> {
  const columns = shards[0]?.tensors.get(name)?.shape[1] ?? 0;
  const data = new Float32Array(wanted.length * columns);
  for (const [shard, runs] of runsOf(shards, wanted, rowsAtATime(columns))) {
    const tensor = tensorOf(shard, name);
    await withFile(tensor, async (readRows) => {
      for (const { from, to, targets } of runs) {
        throwIfInterrupted();
        const part = await readRows(name, from, to);
        const values = finite(part, tensor, name, from);
        for (const [offset, places] of targets.entries())
          for (const place of places)
            data.set(values.subarray(offset * columns, (offset + 1) * columns), place * columns);
      }
    });
  }
  return { shape: [wanted.length, columns], data };
}

/** All positions of a capture [N]. Throws DataError where one is negative. */
export async function readPositions(shards: readonly CaptureShard[], rows: number): Promise<Int32Array> {
  const all = new Int32Array(rows);
  for (const shard of shards) {
    const tensor = tensorOf(shard, 'position');
    const { data } = await withFile(tensor, (readRows) => readRows('position', 0, shard.rows));
    const odd = data.findIndex((value) => value < 0);
    if (odd >= 0)
      throw new DataError(`${tensor.file}: tensor position: row ${odd}: expected 0 or more, got ${data[odd]}`);
    all.set(data, shard.firstRow);
  }
  return all;
}

/** Calls `use` with all rows of a tensor, piece by piece in order, whatever numbers they hold. */
export async function eachPiece(
  shards: readonly CaptureShard[],
  name: CaptureTensorName,
  use: (piece: HostTensor, shard: CaptureShard, from: number) => void,
): Promise<void> {
  for (const shard of shards) {
    const tensor = tensorOf(shard, name);
    const rows = rowsAtATime(tensor.shape[1] ?? 1);
    await withFile(tensor, async (readRows) => {
      for (let from = 0; from < shard.rows; from += rows) {
        throwIfInterrupted();
        use(await readRows(name, from, Math.min(from + rows, shard.rows)), shard, from);
      }
    });
  }
}

type ReadRows = (name: CaptureTensorName, from: number, to: number) => Promise<HostTensor>;

async function withFile<Result>({ file }: ShardTensor, use: (readRows: ReadRows) => Promise<Result>): Promise<Result> {
  const format = formatOf(file);
  if (format === undefined) throw new DataError(`${file}: expected .safetensors or .npy`);
  const opened = await format.open(file);
  return use(opened.readRows).finally(opened.close);
}

function tensorOf({ name: shard, tensors }: CaptureShard, name: CaptureTensorName): ShardTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new DataError(`shard ${quoted(shard)}: expected a tensor named ${name}`);
  return tensor;
}

/** The wanted rows by shard, in stretches of neighbours. */
function runsOf(shards: readonly CaptureShard[], wanted: ArrayLike<number>, longest: number): Map<CaptureShard, Run[]> {
  const order = Int32Array.from({ length: wanted.length }, (_, place) => place);
  order.sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const runs = new Map<CaptureShard, Run[]>();
  let index = 0;
  for (const place of order) {
    const row = wanted[place] ?? 0;
    while (index < shards.length - 1 && row >= (shards[index + 1]?.firstRow ?? 0)) index++;
    const shard = shards[index];
    const local = row - (shard?.firstRow ?? 0);
    if (shard === undefined || local < 0 || local >= shard.rows) throw new RangeError(`row ${row} of a capture`);
    const own = runs.get(shard) ?? [];
    runs.set(shard, own);
    add(own, local, place, longest);
  }
  return runs;
}

/** Adds a row, not before the last one, to the runs of a shard. */
function add(runs: Run[], row: number, place: number, longest: number): void {
  const last = runs.at(-1);
  if (last !== undefined && row === last.to - 1) last.targets.at(-1)?.push(place);
  else if (last !== undefined && row === last.to && last.to - last.from < longest) {
    last.to = row + 1;
    last.targets.push([place]);
  } else runs.push({ from: row, to: row + 1, targets: [[place]] });
}

function finite({ shape, data }: HostTensor, { file }: ShardTensor, name: string, from: number): Float32Array {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  const odd = oddPlace(values);
  if (odd < 0) return values;
  const [, columns = 1] = shape;
  throw new DataError(
    `${file}: tensor ${name}: row ${from + Math.floor(odd / columns)}: expected finite numbers, got ${values[odd]}`,
  );
}
