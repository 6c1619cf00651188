import { FileError } from '../errors.ts';
import { type DtypeName, dtypeOf } from '../file/dtype.ts';

type Integers = ArrayLike<number> | BigInt64Array | BigUint64Array;

/** The integer types as arrays that view their bytes. */
const integers: Readonly<Partial<Record<DtypeName, (bytes: ArrayBuffer) => Integers>>> = {
  I64: (bytes) => new BigInt64Array(bytes),
  U64: (bytes) => new BigUint64Array(bytes),
  I32: (bytes) => new Int32Array(bytes),
  U32: (bytes) => new Uint32Array(bytes),
  I16: (bytes) => new Int16Array(bytes),
  U16: (bytes) => new Uint16Array(bytes),
  I8: (bytes) => new Int8Array(bytes),
  U8: (bytes) => new Uint8Array(bytes),
};

function widenIntegers(place: string, source: Integers): Float32Array {
  const numbers = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const integer = source[i] ?? 0;
    numbers[i] = Number(integer);
    // compared as bigints: a number has lost the low bits of a 64-bit integer already
    if (BigInt(numbers[i] ?? 0) !== BigInt(integer)) {
      throw new FileError(`${place}: holds ${integer}, which float32 cannot hold`);
    }
  }
  return numbers;
}

/** Stored elements as float32. Throws FileError for a type, or an integer, that has no place in it. */
export function widen(place: string, dtype: DtypeName, bytes: Uint8Array): Float32Array {
  const view = integers[dtype];
  if (view !== undefined) return widenIntegers(place, view(new Uint8Array(bytes).buffer));
  const data = dtypeOf(dtype).decode?.(bytes);
  if (data === undefined) throw new FileError(`${place}: elements of type ${dtype} cannot be read`);
  if (typeof data === 'string') throw new FileError(`${place}: ${data}`);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
