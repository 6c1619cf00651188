import { GraphError } from '../../ground/errors.ts';

/** A size that grows with the symbolic batch: `batch` times that dimension. */
export interface BatchMultiple {
  readonly batch: number;
}

/** A dimension inside a graph: a number, or a multiple of the batch. */
export type Size = number | BatchMultiple;

/** A shape inside a graph. */
export type Shape = readonly Size[];

/** Whether two sizes are the same for every batch. */
export const sameSize = (a: Size | undefined, b: Size | undefined): boolean =>
  typeof a === 'object' && typeof b === 'object' ? a.batch === b.batch : a === b;

/** Whether two shapes are the same for every batch. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => sameSize(size, b[axis]));

/** A shape without batch as plain numbers. Throws a GraphError otherwise. */
export function plain(shape: Shape): number[] {
  return shape.map((size) => {
    if (typeof size === 'object') throw new GraphError(`expected plain sizes, got ${printShape(shape)}`);
    return size;
  });
}

/** Whether a shape does not depend on the batch. */
export const isPlain = (shape: Shape): shape is readonly number[] => shape.every((size) => typeof size === 'number');

/** The number of elements; a shape holds at most one multiple of the batch. */
export const elements = (shape: Shape): Size => shape.reduce<Size>(times, 1);

function times(a: Size, b: Size): Size {
  if (typeof a === 'number') return typeof b === 'number' ? a * b : { batch: a * b.batch };
  if (typeof b === 'number') return { batch: a.batch * b };
  throw new GraphError('a shape with two batch dimensions is not supported');
}

/** The shape of an elementwise operation on operands of these shapes, by numpy's broadcasting. */
export function broadcast(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[shape.length - rank + axis] ?? 1);
    const size = sizes.find((candidate) => candidate !== 1) ?? 1;
    if (!sizes.every((candidate) => candidate === 1 || sameSize(candidate, size))) {
      throw new GraphError(`shapes ${shapes.map(printShape).join(' and ')} do not broadcast`);
    }
    return size;
  });
}

/** A shape as text: `[batch, 8, 64]`, `[2·batch]`. */
export const printShape = (shape: Shape): string => `[${shape.map(printSize).join(', ')}]`;

const printSize = (size: Size): string =>
  typeof size === 'number' ? String(size) : size.batch === 1 ? 'batch' : `${size.batch}·batch`;
