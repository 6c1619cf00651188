/** Operators that make values of sizes and attributes. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { axisOf } from '../axes.ts';
import { type Computation, compute } from '../compute.ts';
import { elementType } from '../element-type.ts';
import { constantTensor, float, floats, int, ints, type OperatorTable, operator } from '../operator.ts';
import { checkSize, type HostValue, hostValue, type Kind, kindOf, mostElements, type Value } from '../value.ts';
import { choose } from './arithmetic.ts';
import { reshaped } from './shape.ts';

/** A matrix of 1 where the test of row and column holds. */
const matrix = (rows: number, columns: number, test: (row: number, column: number) => boolean, kind: Kind) => {
  checkSize([rows, columns], mostElements.host);
  return hostValue(
    kind,
    [rows, columns],
    Array.from({ length: rows * columns }, (_, i) => Number(test(Math.floor(i / columns), i % columns))),
  );
};

const kindOfType = (number: number | undefined, otherwise: Value) => {
  if (number === undefined) return kindOf(otherwise);
  const type = elementType(number);
  if (typeof type === 'string') throw new DataError(type);
  return type.kind;
};

/** Rows with `on` at the place of an index, negative ones counted from the end, along a new axis. */
function oneHot(indices: Value, depth: number, axis: number, { off, on }: Record<'off' | 'on', HostValue>): Value {
  checkSize([...indices.shape, depth]);
  const kind = kindOf(indices);
  const places = reshaped(indices, indices.shape.toSpliced(axis, 0, 1));
  const shape = places.shape.map((_, index) => (index === axis ? depth : 1));
  const at = (first: number): Value =>
    compute(same, [
      places,
      hostValue(
        kind,
        shape,
        Array.from({ length: depth }, (_, index) => first + index),
      ),
    ]);
  return choose(at(0), on, choose(at(-depth), on, off));
}

const same: Computation = { tensor: tf.equal, host: (_, a, b) => Number(a === b), result: 'boolean' };

const constantAttributes = {
  value: constantTensor(undefined),
  value_float: float(undefined),
  value_floats: floats(undefined),
  value_int: int(undefined),
  value_ints: ints(undefined),
};

/** The matrices of the last two axes with what is above or below a diagonal set to zero. */
function triangle(value: Value, diagonal: number, upper: boolean): Value {
  const [rows = 0, columns = 0] = value.shape.slice(-2);
  if (value.shape.length < 2) throw new DataError(`expected matrices, got shape [${value.shape.join(', ')}]`);
  const kept = matrix(
    rows,
    columns,
    (row, column) => (upper ? column - row >= diagonal : column - row <= diagonal),
    'boolean',
  );
  const kind = kindOf(value);
  const zero = hostValue(kind, [], [0]);
  return choose(kept, value, zero);
}

/** ONNX's operators that make values. */
export const constantOperators: OperatorTable = {
  Constant: operator(0, constantAttributes, (_, attributes) => {
    if (attributes.value !== undefined) return attributes.value;
    if (attributes.value_float !== undefined) return hostValue('float', [], [attributes.value_float]);
    if (attributes.value_int !== undefined) return hostValue('integer', [], [attributes.value_int]);
    const { value_floats, value_ints } = attributes;
    if (value_floats !== undefined) return hostValue('float', [value_floats.length], value_floats);
    if (value_ints !== undefined) return hostValue('integer', [value_ints.length], value_ints);
    throw new DataError('expected a value, got none');
  }),
  ConstantOfShape: operator(1, { value: constantTensor(undefined) }, (operands, { value }) => {
    const shape = operands.numbers(0) ?? [];
    checkSize(shape, mostElements.host);
    const { kind, data } = value ?? { kind: 'float' as const, data: Float32Array.of(0) };
    const length = shape.reduce((product, size) => product * size, 1);
    return hostValue(kind, shape, new Float64Array(length).fill(data[0] ?? 0));
  }),
  EyeLike: operator(1, { dtype: int(undefined), k: int(0) }, (operands, { dtype, k }) => {
    const [rows = 0, columns = 0] = operands.shape(0);
    return matrix(rows, columns, (row, column) => column - row === k, kindOfType(dtype, operands.value(0)));
  }),
  OneHot: operator(
    3,
    { axis: int(-1) },
    (operands, { axis }) => {
      const [indices, depth] = [operands.value(0), operands.number(1) ?? 0];
      const { kind, data } = operands.host(2);
      const [off, on] = [0, 1].map((index) => hostValue(kind, [], [data[index] ?? index]));
      if (kindOf(indices) === 'boolean' || !(depth >= 1))
        throw new DataError(`expected numbers and a depth, got ${depth}`);
      return oneHot(indices, depth, axisOf(axis, indices.shape.length + 1), { off, on } as Record<
        'off' | 'on',
        HostValue
      >);
    },
    [1, 2],
  ),
  Range: operator(
    3,
    {},
    (operands) => {
      const [start = 0, limit = 0, step = 1] = [0, 1, 2].map((index) => operands.number(index));
      const length = Math.max(0, Math.ceil((limit - start) / step));
      if (!Number.isFinite(length)) throw new DataError(`expected a range, got ${start} to ${limit} by ${step}`);
      checkSize([length], mostElements.host);
      return hostValue(
        operands.host(0).kind,
        [length],
        Array.from({ length }, (_, index) => start + index * step),
      );
    },
    [0, 1, 2],
  ),
  Trilu: operator([1, 2], { upper: int(1) }, (operands, { upper }) =>
    triangle(operands.value(0), operands.number(1) ?? 0, upper === 1),
  ),
};
