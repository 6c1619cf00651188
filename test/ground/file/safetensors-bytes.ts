import type { HostTensor } from '../../../src/ground/host-tensor.ts';

/** A file of a header, as text or value, and bytes of data. */
export function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}
/** A tensor of a header. */
export const entry = (dtype: string, shape: unknown, from: unknown, to: unknown) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

/** Tensors of every kind that is written. */
export const tensors: Record<string, HostTensor> = {
  'blocks.0.weight': { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-40, Number.NaN, Number.NEGATIVE_INFINITY, -0) },
  'blocks.0.bias': { shape: [3], data: Float32Array.of(0.1, 0.2, 0.3) },
  step: { shape: [], data: Int32Array.of(-7) },
  mask: { shape: [5], data: Uint8Array.of(1, 0, 1, 1, 0) },
  none: { shape: [0, 4], data: new Float32Array(0) },
};
