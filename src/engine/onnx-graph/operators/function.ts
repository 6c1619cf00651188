/** Functions of one number, and Cast. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { type Computation, compute } from '../compute.ts';
import { elementType } from '../element-type.ts';
import { int, type Operator, type OperatorTable, operator } from '../operator.ts';
import { dtypes, hostValue, isHost, type Kind, kindOf, type Value } from '../value.ts';

const unary = (
  tensor: (x: tf.Tensor) => tf.Tensor,
  host?: (x: number) => number,
  more: Partial<Computation> = {},
): Operator =>
  operator(1, {}, ({ all: [x] }) =>
    compute({ kinds: ['float'], tensor, ...(host && { host: (_, number) => host(number) }), ...more }, [x as Value]),
  );

const both: Partial<Computation> = { kinds: ['float', 'integer'] };
const test: Partial<Computation> = { result: 'boolean' };

/** Round to the nearest, ties to even. */
function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** On tensors: floor(x + ½), less 1 where that is odd and x lies halfway. */
function roundTensor(x: tf.Tensor): tf.Tensor {
  const up = tf.floor(tf.add(x, 0.5));
  const odd = tf.notEqual(tf.floor(tf.div(up, 2)), tf.div(up, 2));
  const halfway = tf.equal(tf.sub(up, x), 0.5);
  return tf.sub(up, tf.cast(tf.logicalAnd(odd, halfway), 'float32'));
}

const half = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.mul(0.5, f(x));

/** A value as another kind: towards zero, and true where a number is not 0. */
export function converted(value: Value, kind: Kind): Value {
  if (kindOf(value) === kind) return value;
  if (isHost(value)) return hostValue(kind, value.shape, [...value.data].map(conversions[kind]));
  return kind === 'boolean' ? tf.notEqual(value, tf.cast(tf.scalar(0), value.dtype)) : tf.cast(value, dtypes[kind]);
}

const conversions: Readonly<Record<Kind, (number: number) => number>> = {
  float: (number) => number,
  integer: Math.trunc,
  boolean: (number) => (number === 0 ? 0 : 1),
};

const castTo = (value: Value, number: number | undefined): Value => {
  const type = elementType(number ?? 0);
  if (typeof type === 'string') throw new DataError(type);
  return converted(value, type.kind);
};

/** ONNX's unary functions, and Cast: its result has the elements of the type's kind, floats always in float32. */
export const functionOperators: OperatorTable = {
  Abs: unary(tf.abs, Math.abs, both),
  Acos: unary(tf.acos),
  Acosh: unary((x) => tf.log(tf.add(x, tf.sqrt(tf.sub(tf.square(x), 1))))),
  Asin: unary(tf.asin),
  Asinh: unary((x) => tf.mul(tf.sign(x), tf.log(tf.add(tf.abs(x), tf.sqrt(tf.add(tf.square(x), 1)))))),
  Atan: unary(tf.atan),
  Atanh: unary(half((x) => tf.sub(tf.log1p(x), tf.log1p(tf.neg(x))))),
  Cast: operator(1, { to: int(undefined), saturate: int(1), round_mode: int(0) }, (operands, { to }) =>
    castTo(operands.value(0), to),
  ),
  CastLike: operator(2, { saturate: int(1), round_mode: int(0) }, (operands) =>
    converted(operands.value(0), kindOf(operands.value(1))),
  ),
  Ceil: unary(tf.ceil, Math.ceil),
  Cos: unary(tf.cos, Math.cos),
  Cosh: unary(half((x) => tf.add(tf.exp(x), tf.exp(tf.neg(x))))),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp, Math.exp),
  Floor: unary(tf.floor, Math.floor),
  Identity: operator(1, {}, (operands) => operands.value(0)),
  IsInf: operator(
    1,
    { detect_negative: int(1), detect_positive: int(1) },
    (operands, { detect_negative, detect_positive }) => {
      const x = operands.tensor(0);
      const signs = [...(detect_positive ? [Number.POSITIVE_INFINITY] : []), ...(detect_negative ? [-Infinity] : [])];
      return signs.map((sign) => tf.equal(x, sign)).reduce((a, b) => tf.logicalOr(a, b), tf.zerosLike(tf.equal(x, 0)));
    },
  ),
  IsNaN: unary(
    (x) => tf.notEqual(x, x),
    (x) => Number(Number.isNaN(x)),
    test,
  ),
  Log: unary(tf.log, Math.log),
  Neg: unary(tf.neg, (x) => -x, both),
  Not: unary(tf.logicalNot, (x) => 1 - x, { kinds: ['boolean'] }),
  Reciprocal: unary(tf.reciprocal, (x) => 1 / x),
  Round: unary(roundTensor, roundEven),
  Sign: unary(tf.sign, Math.sign, both),
  Sin: unary(tf.sin, Math.sin),
  Sinh: unary(half((x) => tf.sub(tf.expm1(x), tf.expm1(tf.neg(x))))),
  Sqrt: unary(tf.sqrt, Math.sqrt),
  Tan: unary((x) => tf.div(tf.sin(x), tf.cos(x))),
};
