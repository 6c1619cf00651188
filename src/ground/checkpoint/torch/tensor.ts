import { bytesOfShape, type DtypeName, dtypeOf } from '../../file/dtype.ts';
import { Fault, Foreign, isTuple, type Value } from '../pickle/value.ts';

/** The memory that tensors are views of: elements of one type, stored under a key. */
export class Storage extends Foreign {
  readonly kind = 'storage';
  constructor(
    readonly key: string,
    readonly dtype: DtypeName,
    readonly elements: number,
  ) {
    super();
  }
}

/** A tensor as PyTorch saves it: a view of a storage, all in elements. */
export class Tensor extends Foreign {
  readonly kind = 'tensor';
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
  }
  get dtype(): DtypeName {
    return this.storage.dtype;
  }
}

/** The most dimensions of a tensor. */
const MOST_DIMENSIONS = 16;

/** The most elements of a tensor that repeats those of its storage: what expanded buffers need, and no more. */
const MOST_REPEATED = 1 << 24;

/** Whether a value is a count: an integer from 0 that a number holds exactly. */
export const isCount = (value: Value | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function counts(value: Value | undefined): readonly number[] | undefined {
  if (!isTuple(value) || value.length > MOST_DIMENSIONS) return undefined;
  return value.every(isCount) ? value : undefined;
}

/** The elements of a storage from the first to the last that a view reaches. */
export const span = (shape: readonly number[], strides: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 1);

/** The view of a storage that the arguments of `_rebuild_tensor_v2` describe, or what is wrong with them. */
export function viewOf([storage, offset, size, stride, , , metadata]: readonly Value[]): Tensor | Fault {
  if (metadata !== undefined && metadata !== null)
    return new Fault('a tensor whose numbers stand for others (conj, neg)');
  if (!(storage instanceof Storage)) return new Fault('a tensor without a storage');
  const [shape, strides] = [counts(size), counts(stride)];
  if (!isCount(offset) || shape === undefined || strides?.length !== shape.length) {
    return new Fault('a tensor needs an offset, and as many sizes as strides, none of them negative');
  }
  const named = `a tensor of shape [${shape.join(', ')}] and strides [${strides.join(', ')}] from element ${offset}`;
  if (bytesOfShape(shape, dtypeOf(storage.dtype).width) === undefined) return new Fault(`${named} is beyond counting`);
  if (offset + span(shape, strides) > storage.elements) {
    return new Fault(`${named} reaches beyond its storage of ${storage.elements} elements`);
  }
  const elements = shape.reduce((product, length) => product * length, 1);
  if (elements > Math.max(storage.elements, MOST_REPEATED)) {
    return new Fault(`${named} repeats the ${storage.elements} elements of its storage too often`);
  }
  return new Tensor(storage, offset, shape, strides);
}
