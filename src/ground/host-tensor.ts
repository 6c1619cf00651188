/** The element types that cross a program's edge; the class of `data` is the dtype (F32, I32, BOOL). */
export type HostData = Float32Array | Int32Array | Uint8Array;

/** A tensor in ordinary memory, row-major: what programs take and give, and what files hold. */
export interface HostTensor<Data extends HostData = HostData> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** Weights by name, float32. */
export type Parameters = Readonly<Record<string, HostTensor<Float32Array>>>;

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The bytes of weights. */
export const bytesOf = (weights: Parameters): number =>
  Object.values(weights).reduce((sum, { data }) => sum + data.byteLength, 0);

/** Weights of this many bytes and more are not copied where it can be helped: compiled around, exported beside. */
export const largeWeights = 2 ** 28;
