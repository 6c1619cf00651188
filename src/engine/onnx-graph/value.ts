import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { expand } from './expand.ts';

/** What elements are: every floating-point type is float32 in memory, integers are exact to 2⁵³, booleans 0 and 1. */
export type Kind = 'float' | 'integer' | 'boolean';

/** Numbers that are known while a function is traced: shapes, indices, constants. No gradient passes through them. */
export interface HostValue {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** What an operator takes and gives: data, or numbers that are known. */
export type Value = tf.Tensor | HostValue;

/** The most elements of a host value, and of a result that a size in the file alone decides. */
export const mostElements = { host: 2 ** 24, tensor: 2 ** 28 } as const;

/** Whether a value is known. */
export const isHost = (value: Value): value is HostValue => !(value instanceof tf.Tensor);

/** A host value of numbers; floats are rounded to float32. Throws DataError where there are too many. */
export function hostValue(kind: Kind, shape: readonly number[], numbers: Iterable<number>): HostValue {
  checkSize(shape, mostElements.host);
  return { kind, shape, data: kind === 'float' ? Float32Array.from(numbers) : Float64Array.from(numbers) };
}

/** Integers as a host value of one dimension. */
export const hostIntegers = (numbers: readonly number[]): HostValue => hostValue('integer', [numbers.length], numbers);

/** Throws DataError where a shape has more elements than are allowed. */
export function checkSize(shape: readonly number[], most: number = mostElements.tensor): void {
  if (!(sizeOf(shape) <= most))
    throw new DataError(`expected at most ${most} elements, got shape [${shape.join(', ')}]`);
}

const kinds = { float32: 'float', int32: 'integer', bool: 'boolean' } as const;

/** What the elements of a value are. */
export function kindOf(value: Value): Kind {
  if (isHost(value)) return value.kind;
  const kind = (kinds as Readonly<Record<string, Kind>>)[value.dtype];
  if (kind === undefined) throw new DataError(`expected numbers, got ${value.dtype}`);
  return kind;
}

/** The tensor types by kind. */
export const dtypes = { float: 'float32', integer: 'int32', boolean: 'bool' } as const;

/**
 * A value as a tensor. Axes along which a known value repeats itself are made by broadcasting, so that no constant of a
 * traced program carries the batch needlessly. Throws DataError for integers that do not fit 32 bits.
 */
export function tensorOf(value: Value): tf.Tensor {
  if (!isHost(value)) return value;
  const { data, shape } = compacted(value);
  const odd = value.kind === 'integer' ? data.find((integer) => integer !== (integer | 0)) : undefined;
  if (odd !== undefined) throw new DataError(`expected integers of 32 bits, got ${odd}`);
  return expand(tf.tensor(typed(value.kind, data), [...shape], dtypes[value.kind]), value.shape);
}

function typed(kind: Kind, data: HostValue['data']): Float32Array | Int32Array | Uint8Array {
  if (kind === 'float') return Float32Array.from(data);
  return kind === 'integer' ? Int32Array.from(data) : Uint8Array.from(data);
}

/** The same numbers with one element along each axis that they do not vary along. */
export function compacted({ shape, data }: HostValue): Pick<HostValue, 'shape' | 'data'> {
  let [sizes, numbers] = [[...shape], data];
  if (data.length === 0) return { shape, data };
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = sizes[axis] ?? 1;
    const stride = sizeOf(sizes.slice(axis + 1));
    const place = (index: number): number => Math.floor(index / stride) % size;
    if (size === 1 || !numbers.every((number, i) => place(i) === 0 || Object.is(number, numbers[i - stride]))) continue;
    numbers = numbers.filter((_, index) => place(index) === 0);
    sizes = sizes.with(axis, 1);
  }
  return { shape: sizes, data: numbers };
}
