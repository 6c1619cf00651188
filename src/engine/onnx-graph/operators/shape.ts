/** Operators that give elements another shape. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { sizeOf } from '../../../ground/host-tensor.ts';
import { allAxes, axesOf, axisOf } from '../axes.ts';
import { broadcastShape, expand } from '../expand.ts';
import { moveAll, moved } from '../move.ts';
import type { Operands } from '../operands.ts';
import { int, ints, type OperatorTable, operator, text } from '../operator.ts';
import { checkSize, hostIntegers, hostValue, type Value } from '../value.ts';

/** A value in another shape of as many elements. Throws DataError. */
export function reshaped(value: Value, shape: readonly number[]): Value {
  if (sizeOf(value.shape) !== sizeOf(shape) || shape.some((size) => size < 0))
    throw new DataError(`shape [${value.shape.join(', ')}] cannot become [${shape.join(', ')}]`);
  return 'data' in value && 'kind' in value ? { ...value, shape } : moved(value, (x) => tf.reshape(x, [...shape]));
}

/** 0 keeps a size unless zeros are allowed; −1 is what remains. */
function targetShape(from: readonly number[], to: readonly number[], allowZero: boolean): readonly number[] {
  const kept = to.map((size, axis) => {
    if (size !== 0 || allowZero) return size;
    const own = from[axis];
    if (own === undefined) throw new DataError(`shape [${from.join(', ')}] has no size ${axis} to keep`);
    return own;
  });
  const rest = sizeOf(from) / sizeOf(kept.filter((size) => size !== -1));
  const unknown = kept.filter((size) => size === -1).length;
  if (unknown > 1 || (unknown === 1 && !Number.isInteger(rest)))
    throw new DataError(`shape [${from.join(', ')}] cannot become [${to.join(', ')}]`);
  return kept.map((size) => (size === -1 ? rest : size));
}

/** The axes that an operator names by its second input or, in older functions, not at all. */
const axesAt = (operands: Operands, rank: number): readonly number[] | undefined => {
  const axes = operands.numbers(1);
  return axes && axesOf(axes, rank);
};

function squeeze(operands: Operands): Value {
  const shape = operands.shape(0);
  const axes = axesAt(operands, shape.length) ?? allAxes(shape.length).filter((axis) => shape[axis] === 1);
  const odd = axes.find((axis) => shape[axis] !== 1);
  if (odd !== undefined) throw new DataError(`expected size 1 of axis ${odd}, got [${shape.join(', ')}]`);
  return reshaped(
    operands.value(0),
    shape.filter((_, axis) => !axes.includes(axis)),
  );
}

function unsqueeze(operands: Operands): Value {
  const given = operands.numbers(1) ?? [];
  const rank = operands.shape(0).length + given.length;
  const axes = axesOf(given, rank);
  const sizes = [...operands.shape(0)];
  return reshaped(
    operands.value(0),
    allAxes(rank).map((axis) => (axes.includes(axis) ? 1 : (sizes.shift() ?? 1))),
  );
}

/** A value with its axes in another order. */
export function transposed(value: Value, order: readonly number[]): Value {
  const rank = value.shape.length;
  if (axesOf(order, rank).length !== rank) throw new DataError(`expected ${rank} axes, got ${order.length}`);
  return order.every((axis, index) => axis === index) ? value : moved(value, (x) => tf.transpose(x, [...order]));
}

/** A value broadcast to a shape. */
export function expanded(value: Value, shape: readonly number[]): Value {
  checkSize(shape);
  return moved(value, (x) => expand(x, shape));
}

/** Each axis repeated: [a] → [1, a] → [n, a] → [n·a]. */
function tiled(value: Value, repeats: readonly number[]): Value {
  const { shape } = value;
  if (repeats.length !== shape.length || repeats.some((count) => count < 0))
    throw new DataError(`expected ${shape.length} repetitions, got [${repeats.join(', ')}]`);
  const pairs = shape.flatMap((size) => [1, size]);
  const wide = shape.flatMap((size, axis) => [repeats[axis] ?? 1, size]);
  checkSize(wide);
  return reshaped(
    expanded(reshaped(value, pairs), wide),
    shape.map((size, axis) => size * (repeats[axis] ?? 1)),
  );
}

/** Blocks of channels moved into space, or back; both of [N, C, H, W]. */
function blocks(value: Value, size: number, toSpace: boolean, columnFirst: boolean): Value {
  const [n = 0, c = 0, h = 0, w = 0] = value.shape;
  if (value.shape.length !== 4 || size < 1)
    throw new DataError(`expected [N, C, H, W], got [${value.shape.join(', ')}]`);
  if (!toSpace) {
    const split = reshaped(value, [n, c, h / size, size, w / size, size]);
    return reshaped(transposed(split, [0, 3, 5, 1, 2, 4]), [n, c * size * size, h / size, w / size]);
  }
  const depth = c / (size * size);
  const split = reshaped(value, columnFirst ? [n, depth, size, size, h, w] : [n, size, size, depth, h, w]);
  return reshaped(transposed(split, columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]), [
    n,
    depth,
    h * size,
    w * size,
  ]);
}

/** Values joined along an axis. */
export const joined = (values: readonly Value[], axis: number): Value =>
  moveAll(values, (tensors) => [tf.concat([...tensors], axis)])[0] as Value;

/** ONNX's operators of shapes. */
export const shapeOperators: OperatorTable = {
  Concat: operator([1, 4096], { axis: int(0) }, (operands, { axis }) => {
    const values = operands.values();
    const along = axisOf(axis, operands.shape(0).length);
    const odd = values.find(({ shape }) => {
      const [first, other] = [operands.shape(0), shape].map((sizes) => sizes.with(along, 0));
      return shape.length !== operands.shape(0).length || String(first) !== String(other);
    });
    if (odd !== undefined)
      throw new DataError(`shapes ${values.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')} do not fit`);
    return joined(values, along);
  }),
  DepthToSpace: operator(1, { blocksize: int(0), mode: text('DCR') }, (operands, { blocksize, mode }) =>
    blocks(operands.value(0), blocksize, true, mode === 'CRD'),
  ),
  Expand: operator(2, {}, (operands) => {
    const shape = operands.numbers(1) ?? [];
    return expanded(operands.value(0), broadcastShape(operands.shape(0), shape));
  }),
  Flatten: operator(1, { axis: int(1) }, (operands, { axis }) => {
    const shape = operands.shape(0);
    const at = axis === shape.length ? axis : axisOf(axis, Math.max(shape.length, 1));
    return reshaped(operands.value(0), [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))]);
  }),
  Reshape: operator(2, { allowzero: int(0) }, (operands, { allowzero }) =>
    reshaped(operands.value(0), targetShape(operands.shape(0), operands.numbers(1) ?? [], allowzero === 1)),
  ),
  Shape: operator(1, { start: int(0), end: int(undefined) }, (operands, { start, end }) =>
    hostIntegers(operands.shape(0).slice(start, end)),
  ),
  Size: operator(1, {}, (operands) => hostValue('integer', [], [sizeOf(operands.shape(0))])),
  SpaceToDepth: operator(1, { blocksize: int(0) }, (operands, { blocksize }) =>
    blocks(operands.value(0), blocksize, false, false),
  ),
  Squeeze: operator([1, 2], {}, squeeze),
  Tile: operator(2, {}, (operands) => tiled(operands.value(0), operands.numbers(1) ?? [])),
  Transpose: operator(1, { perm: ints(undefined) }, (operands, { perm }) =>
    transposed(operands.value(0), perm ?? allAxes(operands.shape(0).length).toReversed()),
  ),
  Unsqueeze: operator(2, {}, unsqueeze),
};
