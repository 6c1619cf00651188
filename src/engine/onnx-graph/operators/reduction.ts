/** Operators that reduce axes, and those that look along one. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { sizeOf } from '../../../ground/host-tensor.ts';
import { allAxes, axesOf, axisOf, lastly } from '../axes.ts';
import type { Operands } from '../operands.ts';
import { int, ints, type Operator, type OperatorTable, operator } from '../operator.ts';
import { splitOf } from '../parts.ts';
import { type HostValue, hostValue, isHost, kindOf, tensorOf, type Value } from '../value.ts';
import { reshaped, transposed } from './shape.ts';

interface Reduction {
  readonly tensor: (x: tf.Tensor, axes: number[]) => tf.Tensor;
  /** On the numbers of a known value that become one. */
  readonly host?: (numbers: readonly number[]) => number;
}

function reduce({ tensor, host }: Reduction, value: Value, axes: readonly number[], keep: boolean): Value {
  if (kindOf(value) === 'boolean') throw new DataError('expected numbers, got booleans');
  const kept = value.shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
  if (axes.length === 0 && host !== undefined) return value; // those with more to do than to reduce have none
  if (!isHost(value) || host === undefined) return reshaped(tensor(tensorOf(value), [...axes]), kept);
  const length = sizeOf(axes.map((axis) => value.shape[axis] ?? 1));
  const { data, kind } = transposed(value, lastly(axes, value.shape.length).there) as HostValue;
  const count = length === 0 ? 0 : data.length / length;
  return hostValue(
    kind,
    kept,
    Array.from({ length: count }, (_, row) => host([...data.subarray(row * length, (row + 1) * length)])),
  );
}

/** Axes are an input since opset 18 (13 for sums), an attribute before; none are all, or none at all on request. */
function reducedAxes(operands: Operands, given: readonly number[] | undefined, nothing: number): readonly number[] {
  const rank = operands.shape(0).length;
  const axes = operands.numbers(1) ?? given ?? [];
  if (axes.length > 0) return axesOf(axes, rank);
  return nothing === 1 ? [] : allAxes(rank);
}

const reduction = (tensor: Reduction['tensor'], host?: Reduction['host']): Operator =>
  operator(
    [1, 2],
    { axes: ints(undefined), keepdims: int(1), noop_with_empty_axes: int(0) },
    (operands, { axes, keepdims, noop_with_empty_axes }) => {
      const along = reducedAxes(operands, axes, noop_with_empty_axes);
      return reduce({ tensor, ...(host && { host }) }, operands.value(0), along, keepdims === 1);
    },
  );

/** A product of slices: tfjs's own has no gradient that can be traced. */
function product(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const { there } = lastly(axes, x.rank);
  const length = sizeOf(axes.map((axis) => x.shape[axis] ?? 1));
  const rows = tf.reshape(tf.transpose(x, there), [-1, length]);
  const columns = splitOf(rows, Array(length).fill(1), 1).map((column) => tf.squeeze(column, [1]));
  return columns.reduce((a, b) => tf.mul(a, b));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The logarithm of a sum of exponentials, from the largest down. */
function logSumExp(x: tf.Tensor, axes: number[]): tf.Tensor {
  const largest = tf.max(x, axes, true);
  return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, largest)), axes, true)), largest);
}

/** Which place along an axis is the largest; the first of equals. */
const extreme = (sign: 1 | -1): Operator =>
  operator(
    1,
    { axis: int(0), keepdims: int(1), select_last_index: int(0) },
    (operands, { axis, keepdims, select_last_index }) => {
      const x = operands.tensor(0);
      if (select_last_index !== 0) throw new DataError('select_last_index is not supported');
      const along = axisOf(axis, x.rank);
      const places = tf.argMax(sign === 1 ? x : tf.neg(x), along);
      return keepdims === 1 ? tf.expandDims(places, along) : places;
    },
  );

/** Sums up to each place, by a product with a triangle. */
function cumulate(x: Value, axis: number, exclusive: boolean, reverse: boolean): Value {
  const size = x.shape[axis] ?? 0;
  const upTo = (from: number, to: number): boolean =>
    exclusive ? (reverse ? from > to : from < to) : reverse ? from >= to : from <= to;
  const triangle = Array.from({ length: size * size }, (_, i) => Number(upTo(Math.floor(i / size), i % size)));
  const { there, back } = lastly([axis], x.shape.length);
  const turned = transposed(x, there);
  if (isHost(turned)) {
    const sums = turned.data.map((_, at) => {
      const row = at - (at % size);
      return sum(
        triangle.flatMap((on, i) =>
          on === 1 && i % size === at % size ? [turned.data[row + Math.floor(i / size)] ?? 0] : [],
        ),
      );
    });
    return transposed({ ...turned, data: sums }, back);
  }
  const rows = tf.reshape(tf.cast(turned, 'float32'), [-1, size]);
  const sums = tf.matMul(rows as tf.Tensor2D, tf.tensor2d(triangle, [size, size]));
  return transposed(tf.cast(tf.reshape(sums, turned.shape), turned.dtype), back);
}

/** ONNX's reductions. */
export const reductionOperators: OperatorTable = {
  ArgMax: extreme(1),
  ArgMin: extreme(-1),
  CumSum: operator(2, { exclusive: int(0), reverse: int(0) }, (operands, { exclusive, reverse }) =>
    cumulate(
      operands.value(0),
      axisOf(operands.number(1) ?? 0, operands.shape(0).length),
      exclusive === 1,
      reverse === 1,
    ),
  ),
  ReduceL1: reduction((x, axes) => tf.sum(tf.abs(x), axes)),
  ReduceL2: reduction((x, axes) => tf.sqrt(tf.sum(tf.square(x), axes))),
  ReduceLogSum: reduction((x, axes) => tf.log(tf.sum(x, axes))),
  ReduceLogSumExp: reduction(logSumExp),
  ReduceMax: reduction(
    (x, axes) => tf.max(x, axes),
    (numbers) => numbers.reduce((a, b) => Math.max(a, b)),
  ),
  ReduceMean: reduction((x, axes) => tf.mean(x, axes)),
  ReduceMin: reduction(
    (x, axes) => tf.min(x, axes),
    (numbers) => numbers.reduce((a, b) => Math.min(a, b)),
  ),
  ReduceProd: reduction(product, (numbers) => numbers.reduce((a, b) => a * b, 1)),
  ReduceSum: reduction((x, axes) => tf.sum(x, axes), sum),
  ReduceSumSquare: reduction((x, axes) => tf.sum(tf.square(x), axes)),
};
