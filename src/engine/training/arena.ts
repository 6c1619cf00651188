import { type HostTensor, type Parameters, sizeOf } from '../../ground/host-tensor.ts';

/** Where a tensor lies in an arena, in elements. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** A part of a region, in elements: both are multiples of 16, a cache line. */
export interface Range {
  readonly offset: number;
  readonly size: number;
}

/** The tensors of a network laid out one after another; each region of the training state uses the same layout. */
export interface Layout {
  readonly slots: readonly Slot[];
  /** Elements of one region. */
  readonly size: number;
}

/** What a tensor takes of a region, the zeros behind it included. */
export const rangeOf = ({ offset, size }: Slot): Range => ({ offset, size: Math.ceil(size / 16) * 16 });

/** The parts of a region that tensors take, in order of offset; neighbours are one. */
export function rangesOf(slots: readonly Slot[]): readonly Range[] {
  const ranges: Range[] = [];
  for (const { offset, size } of slots.map(rangeOf)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.offset + last.size === offset)
      ranges[ranges.length - 1] = { offset: last.offset, size: last.size + size };
    else ranges.push({ offset, size });
  }
  return ranges;
}

/** Lays tensors out in order of name, each at a multiple of 16 elements. */
export function layoutOf(parameters: Parameters): Layout {
  let offset = 0;
  const slots = Object.keys(parameters)
    .sort()
    .map((name) => {
      const shape = parameters[name]?.shape ?? [];
      const slot = { name, shape, offset, size: sizeOf(shape) };
      offset += rangeOf(slot).size;
      return slot;
    });
  return { slots, size: offset };
}

/** Views of a region as tensors by name: what a program reads or writes in place. */
export function views(layout: Layout, region: Float32Array): Record<string, HostTensor<Float32Array>> {
  return Object.fromEntries(
    layout.slots.map(({ name, shape, offset, size }) => [
      name,
      { shape, data: region.subarray(offset, offset + size) },
    ]),
  );
}

/** Copies tensors into a region. */
export function fill(layout: Layout, region: Float32Array, parameters: Parameters): void {
  for (const { name, offset } of layout.slots) {
    const tensor = parameters[name];
    if (tensor !== undefined) region.set(tensor.data, offset);
  }
}
