import type { HostData } from '../host-tensor.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts';

/** How elements lie in a file, little-endian, and how they become and are made from arrays in memory. */
export interface Dtype {
  /** Bytes of an element. */
  readonly width: number;
  /** The array in memory of whole elements, or what is wrong with them. Absent: cannot be read. */
  readonly decode?: (bytes: Uint8Array) => HostData | string;
  /** The bytes of elements, of the class that `decode` gives. Absent: cannot be written. */
  readonly encode?: (data: HostData) => Uint8Array;
}

/** The same bytes at the start of a buffer of their own, so that any element type can view them. */
const aligned = (bytes: Uint8Array): ArrayBuffer => {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return whole && bytes.buffer instanceof ArrayBuffer ? bytes.buffer : new Uint8Array(bytes).buffer;
};

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const float16 = (from: (word: number) => number, to: (number: number) => number): Dtype => ({
  width: 2,
  decode: (bytes) => {
    const words = new Uint16Array(aligned(bytes));
    const numbers = new Float32Array(words.length);
    for (let i = 0; i < words.length; i++) numbers[i] = from(words[i] ?? 0);
    return numbers;
  },
  encode: (data) => {
    const words = new Uint16Array(data.length);
    for (let i = 0; i < words.length; i++) words[i] = to(data[i] ?? 0);
    return bytesOf(words);
  },
});

/** The numbers of all half-precision words, made when the first is asked for: looking one up is several times as fast as computing it. */
let halves: Float32Array | undefined;
const lookedUpHalf = (word: number): number => {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, index) => fromFloat16(index));
  return halves[word] ?? 0;
};

function narrow(bytes: Uint8Array): Int32Array | string {
  const wide = new BigInt64Array(aligned(bytes));
  const odd = wide.find((integer) => BigInt.asIntN(32, integer) !== integer);
  if (odd !== undefined) return `holds ${odd}, which does not fit 32 bits`;
  return Int32Array.from(wide, Number);
}

const booleans = (bytes: Uint8Array): Uint8Array | string => {
  const odd = bytes.find((byte) => byte > 1);
  return odd === undefined ? bytes : `holds the byte ${odd}, expected 0 or 1`;
};

/**
 * The element types of safetensors. F64 is rounded to float32 and I64 must fit int32 in memory; BOOL is 0 and 1.
 * Types without `decode` are only known in size, so that a file that holds some among others can be opened.
 */
export const dtypes = {
  F32: { width: 4, decode: (bytes) => new Float32Array(aligned(bytes)), encode: bytesOf },
  F16: float16(lookedUpHalf, toFloat16),
  BF16: float16(fromBfloat16, toBfloat16),
  F64: { width: 8, decode: (bytes) => new Float32Array(new Float64Array(aligned(bytes))) },
  I32: { width: 4, decode: (bytes) => new Int32Array(aligned(bytes)), encode: bytesOf },
  I64: { width: 8, decode: narrow },
  U8: { width: 1, decode: (bytes) => bytes, encode: bytesOf },
  BOOL: { width: 1, decode: booleans, encode: bytesOf },
  I8: { width: 1 },
  I16: { width: 2 },
  U16: { width: 2 },
  U32: { width: 4 },
  U64: { width: 8 },
  F8_E4M3: { width: 1 },
  F8_E5M2: { width: 1 },
} satisfies Record<string, Dtype>;

/** The name of an element type, as safetensors spells it. */
export type DtypeName = keyof typeof dtypes;

/** Whether a text names an element type. */
export const isDtype = (name: string): name is DtypeName => Object.hasOwn(dtypes, name);

/** The entry of an element type. */
export const dtypeOf = (name: DtypeName): Dtype => dtypes[name];

/** The element type in which an array is written unless told otherwise. */
export const naturalDtype = (data: HostData): DtypeName =>
  data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U8';

/** The bytes of a tensor in a file, or undefined where they are more than a number can count exactly. */
export function bytesOfShape(shape: readonly number[], width: number): number | undefined {
  if (shape.includes(0)) return 0;
  let bytes = width;
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return bytes;
}
