/** Functions of two numbers and more, with numpy's broadcasting. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { type Computation, compute } from '../compute.ts';
import { expandAll } from '../expand.ts';
import { int, type Operator, type OperatorTable, operator } from '../operator.ts';
import { isHost, kindOf, type Value } from '../value.ts';
import { maximum, minimum } from './extremes.ts';
import { converted } from './function.ts';

type Binary = Computation['tensor'];

const binary = (tensor: Binary, host: (a: number, b: number) => number, more: Partial<Computation> = {}): Operator =>
  operator(2, {}, (operands) =>
    compute({ tensor: tensor, host: (_, a = 0, b = 0) => host(a, b), ...more }, operands.values()),
  );

const many = (tensor: Binary, host: (a: number, b: number) => number): Operator =>
  operator([1, 4096], {}, (operands) =>
    operands.values().reduce((a, b) => compute({ tensor: tensor, host: (_, x = 0, y = 0) => host(x, y) }, [a, b])),
  );

const comparison = (tensor: Binary, host: (a: number, b: number) => boolean, equality = false): Operator =>
  binary(tensor, (a, b) => Number(host(a, b)), {
    result: 'boolean',
    kinds: equality ? ['float', 'integer', 'boolean'] : ['float', 'integer'],
  });

const logic = (tensor: Binary, host: (a: number, b: number) => number): Operator =>
  binary(tensor, host, { kinds: ['boolean'] });

const truncate = (x: tf.Tensor): tf.Tensor => tf.mul(tf.sign(x), tf.floor(tf.abs(x)));

/** Integers that depend on data are divided as floats, which is exact below 2²⁴. */
function divide(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.dtype !== 'int32') return tf.div(a, b);
  return tf.cast(truncate(tf.div(tf.cast(a, 'float32'), tf.cast(b, 'float32'))), 'int32');
}

/** With `fmod` the rest has the sign of the dividend, else of the divisor. */
function modulo(a: tf.Tensor, b: tf.Tensor, fmod: boolean): tf.Tensor {
  const [x, y] = [tf.cast(a, 'float32'), tf.cast(b, 'float32')];
  const quotient = tf.div(x, y);
  return tf.cast(tf.sub(x, tf.mul(fmod ? truncate(quotient) : tf.floor(quotient), y)), a.dtype);
}

const remainder = (a: number, b: number, fmod: boolean): number => (fmod ? a % b : a - Math.floor(a / b) * b);

/** Small powers are products: tfjs's Pow has no gradient of its gradient, and is slower. */
function power(base: Value, exponent: Value): Value {
  const single = isHost(exponent) && exponent.data.length === 1 ? exponent.data[0] : undefined;
  const shortcut = single === undefined || kindOf(base) !== 'float' ? undefined : powers.get(single);
  if (shortcut !== undefined && !isHost(base)) return shortcut(base);
  const kind = kindOf(base);
  const tensor = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.pow(a, b);
  const host: Computation['host'] = (_, a = 0, b = 0) => (kind === 'integer' ? Math.trunc(a ** b) : a ** b);
  return compute({ tensor: tensor, host }, [base, converted(exponent, kind)]);
}

const powers: ReadonlyMap<number, (x: tf.Tensor) => tf.Tensor> = new Map([
  [-1, tf.reciprocal],
  [-0.5, tf.rsqrt],
  [0.5, tf.sqrt],
  [1, (x: tf.Tensor) => x],
  [2, tf.square],
  [3, (x: tf.Tensor) => tf.mul(x, tf.square(x))],
]);

/** Chooses by a condition; known where all are. */
export function choose(condition: Value, yes: Value, no: Value): Value {
  if (kindOf(condition) !== 'boolean') throw new DataError(`expected booleans to choose by, got ${kindOf(condition)}s`);
  if (kindOf(yes) !== kindOf(no))
    throw new DataError(`expected inputs of one type, got ${kindOf(yes)}s and ${kindOf(no)}s`);
  const kind = kindOf(yes);
  const tensor = (...all: readonly tf.Tensor[]): tf.Tensor => {
    const [test, then, otherwise] = expandAll(...all) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.where(test, then, otherwise);
  };
  if (![condition, yes, no].every(isHost)) return tensor(...[condition, yes, no].map(asTensor));
  const numbers = [condition, yes, no].map((value) => converted(value, 'float'));
  if (kind === 'float') return compute({ tensor, host: (_, test, a = 0, b = 0) => (test ? a : b) }, numbers);
  const integers = [condition, yes, no].map((value) => converted(value, 'integer'));
  return converted(compute({ tensor, host: (_, test, a = 0, b = 0) => (test ? a : b) }, integers), kind);
}

const asTensor = (value: Value): tf.Tensor =>
  compute({ tensor: (x) => x as tf.Tensor, kinds: all }, [value]) as tf.Tensor;
const all = ['float', 'integer', 'boolean'] as const;

/** ONNX's arithmetic, comparisons and logic. */
export const arithmeticOperators: OperatorTable = {
  Add: binary(tf.add, (a, b) => a + b),
  And: logic(tf.logicalAnd, (a, b) => a & b),
  Div: operator(2, {}, (operands) =>
    compute(
      {
        tensor: divide,
        host: (kind, a = 0, b = 0) => (kind === 'integer' ? Math.trunc(a / b) : a / b),
      },
      operands.values(),
    ),
  ),
  Equal: comparison(tf.equal, (a, b) => a === b, true),
  Greater: comparison(tf.greater, (a, b) => a > b),
  GreaterOrEqual: comparison(tf.greaterEqual, (a, b) => a >= b),
  Less: comparison(tf.less, (a, b) => a < b),
  LessOrEqual: comparison(tf.lessEqual, (a, b) => a <= b),
  Max: many(maximum, Math.max),
  Mean: operator([1, 4096], {}, (operands) => {
    const sum = operands
      .values()
      .map(asTensor)
      .reduce((a, b) => tf.add(a, b));
    return tf.div(sum, operands.all.length);
  }),
  Min: many(minimum, Math.min),
  Mod: operator(2, { fmod: int(0) }, (operands, { fmod }) =>
    compute(
      {
        tensor: (a: tf.Tensor, b: tf.Tensor) => modulo(a, b, fmod === 1),
        host: (_, a = 0, b = 0) => remainder(a, b, fmod === 1),
      },
      operands.values(),
    ),
  ),
  Mul: binary(tf.mul, (a, b) => a * b),
  Or: logic(tf.logicalOr, (a, b) => a | b),
  Pow: operator(2, {}, (operands) => power(operands.value(0), operands.value(1))),
  Sub: binary(tf.sub, (a, b) => a - b),
  Sum: many(tf.add, (a, b) => a + b),
  Where: operator(3, {}, (operands) => choose(operands.value(0), operands.value(1), operands.value(2))),
  Xor: logic(
    (a, b) => tf.notEqual(tf.cast(a, 'int32'), tf.cast(b, 'int32')),
    (a, b) => a ^ b,
  ),
};
