/**
 * Weights beside ONNX programs. A protobuf file ends at 2 GiB, and each program with weights inside has a copy of them;
 * ONNX lets tensors name a range of another file (onnx.proto3, "external_data"), which several programs may share.
 */
import { type Content, writeAtomic } from '../../ground/file/atomic.ts';
import type { OnnxConstant } from './lowering.ts';

/** Where a tensor lies: a file in the program's own folder, and the range of its bytes there. */
export interface Place {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** The place of the tensor that is this very array; undefined for others, which stay inside. */
export type PlaceOf = (data: OnnxConstant['data']) => Place | undefined;

/** Weights laid out in one file. */
export interface ExternalData {
  readonly placeOf: PlaceOf;
  /** Writes the file, atomically. Throws FileError. */
  readonly write: (path: string) => Promise<void>;
}

/** Tensors start at multiples of a memory page, so that they can be mapped. */
const PAGE = 4096;
/** Smaller tensors stay inside. */
const SMALLEST = 1024;

/** Lays weights out in the order of their names for a file of that name beside the programs. */
export function externalData(
  location: string,
  weights: Readonly<Record<string, Pick<OnnxConstant, 'data'>>>,
): ExternalData {
  const places = new Map<OnnxConstant['data'], Place>();
  let end = 0;
  for (const name of Object.keys(weights).sort()) {
    const data = weights[name]?.data;
    if (data === undefined || data.byteLength < SMALLEST || places.has(data)) continue;
    const offset = Math.ceil(end / PAGE) * PAGE;
    places.set(data, { location, offset, length: data.byteLength });
    end = offset + data.byteLength;
  }
  return { placeOf: (data) => places.get(data), write: (path) => writeAtomic(path, contentOf(places)) };
}

const contentOf =
  (places: ReadonlyMap<OnnxConstant['data'], Place>): Content =>
  async (write) => {
    let written = 0;
    for (const [data, { offset, length }] of places) {
      if (offset > written) await write(new Uint8Array(offset - written));
      await write(new Uint8Array(data.buffer, data.byteOffset, length));
      written = offset + length;
    }
  };
