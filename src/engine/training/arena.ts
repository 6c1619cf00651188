import { EngineError } from '../../ground/errors.ts';
import { type HostTensor, type Parameters, sizeOf } from '../../ground/host-tensor.ts';

/** Where a tensor lies in an arena: which of its memories, and the elements of that memory's part of a region. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly memory: number;
  readonly offset: number;
  readonly size: number;
}

/** A stretch of a region within one memory, in elements: offset and size are multiples of 16, a cache line. */
export interface Range {
  readonly memory: number;
  readonly offset: number;
  readonly size: number;
}

/** The tensors of a network laid out one after another; each region of the training state uses the same layout. */
export interface Layout {
  readonly slots: readonly Slot[];
  /** Elements of one region in each memory; most networks need one memory. */
  readonly sizes: readonly number[];
}

/** A region of the training state: its part in each memory. */
export type Region = readonly Float32Array[];

/** The most elements of a region in one memory: WebAssembly addresses 4 GiB, and five regions lie in it. */
export const mostOfMemory = Math.floor(2 ** 32 / (5 * Float32Array.BYTES_PER_ELEMENT) / 16) * 16;

/** What a tensor takes of a region, the zeros behind it included. */
export const rangeOf = ({ memory, offset, size }: Slot): Range => ({ memory, offset, size: padded(size) });

const padded = (size: number): number => Math.ceil(size / 16) * 16;

/** The stretches of a region that tensors take, in their order; neighbours are one. */
export function rangesOf(slots: readonly Slot[]): readonly Range[] {
  const ranges: Range[] = [];
  for (const range of slots.map(rangeOf)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.memory === range.memory && last.offset + last.size === range.offset)
      ranges[ranges.length - 1] = { ...last, size: last.size + range.size };
    else ranges.push(range);
  }
  return ranges;
}

/**
 * Lays tensors out in order of name, each at a multiple of 16 elements; where the next would take more than `most` of a
 * memory, it begins another. Throws EngineError for a tensor that no memory holds.
 */
export function layoutOf(parameters: Parameters, most: number = mostOfMemory): Layout {
  const sizes = [0];
  const slots = Object.keys(parameters)
    .sort()
    .map((name): Slot => {
      const shape = parameters[name]?.shape ?? [];
      const size = sizeOf(shape);
      if (padded(size) > most)
        throw new EngineError(
          `training: tensor ${name}: expected at most ${most} numbers, which is what one memory holds, got ${size}`,
        );
      if ((sizes.at(-1) ?? 0) + padded(size) > most) sizes.push(0);
      const memory = sizes.length - 1;
      const offset = sizes[memory] ?? 0;
      sizes[memory] = offset + padded(size);
      return { name, shape, memory, offset, size };
    });
  return { slots, sizes };
}

/** Views of a region as tensors by name: what a program reads or writes in place. */
export function views({ slots }: Pick<Layout, 'slots'>, region: Region): Record<string, HostTensor<Float32Array>> {
  return Object.fromEntries(
    slots.map(({ name, shape, memory, offset, size }) => [
      name,
      { shape, data: partOf(region, memory).subarray(offset, offset + size) },
    ]),
  );
}

/** Copies tensors into a region. */
export function fill({ slots }: Layout, region: Region, parameters: Parameters): void {
  for (const { name, memory, offset } of slots) {
    const tensor = parameters[name];
    if (tensor !== undefined) partOf(region, memory).set(tensor.data, offset);
  }
}

function partOf(region: Region, memory: number): Float32Array {
  const part = region[memory];
  if (part === undefined) throw new RangeError(`memory ${memory} of ${region.length}`);
  return part;
}
