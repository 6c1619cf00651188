import { sizeOf } from '../../ground/host-tensor.ts';
import type { OperationName } from './attributes.ts';
import { constant, constantData, hostData, type Node, type Value } from './graph.ts';
import { isPlain } from './size.ts';

/** Elementwise operations on numbers; booleans are 0 and 1. */
const functions: Partial<Record<OperationName, (a: number, b: number, c: number) => number>> = {
  Abs: Math.abs,
  Add: (a, b) => a + b,
  And: (a, b) => a && b,
  Cast: (a) => a,
  Cos: Math.cos,
  Div: (a, b) => a / b,
  Equal: (a, b) => Number(a === b),
  Exp: Math.exp,
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  Log: Math.log,
  Max: Math.max,
  Min: Math.min,
  Mul: (a, b) => a * b,
  Neg: (a) => -a,
  Not: (a) => 1 - a,
  Or: (a, b) => a || b,
  Pow: (a, b) => a ** b,
  Reciprocal: (a) => 1 / a,
  Sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  Sin: Math.sin,
  Sqrt: Math.sqrt,
  Sub: (a, b) => a - b,
  Tanh: Math.tanh,
  Where: (a, b, c) => (a ? b : c),
};

/** Larger results stay to be computed, so that files stay small. */
const largest = 65_536;

/** The constant that an elementwise node on constants, or a reshape of one, amounts to; undefined for other nodes. */
export function evaluate(node: Node): Value | undefined {
  const [output] = node.outputs;
  const data = node.inputs.map(constantData);
  if (output === undefined || data.some((input) => input === undefined)) return undefined;
  if (!isPlain(output.shape) || sizeOf(output.shape) > largest || node.inputs.length === 0) return undefined;
  const shape = output.shape;
  const [first] = data;
  if (node.operation === 'Reshape') return first && constant(first, shape);
  const compute = functions[node.operation];
  if (compute === undefined || (output.dtype === 'int32' && (node.operation === 'Div' || node.operation === 'Cast'))) {
    return undefined;
  }
  const places = node.inputs.map((input) => positions(input.shape as readonly number[], shape));
  const values = Array.from({ length: sizeOf(shape) }, (_, index) => {
    const [a = 0, b = 0, c = 0] = places.map((place, i) => data[i]?.[place(index)] ?? 0);
    const value = compute(a, b, c);
    return output.dtype === 'bool' ? Number(value !== 0) : value;
  });
  return constant(hostData(values, output.dtype), shape);
}

/** Where an element of the result is found in an operand that is broadcast. */
function positions(from: readonly number[], to: readonly number[]): (index: number) => number {
  const padded = [...Array.from({ length: to.length - from.length }, () => 1), ...from];
  return (index) => {
    let [rest, position, stride] = [index, 0, 1];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const [size, own] = [to[axis] ?? 1, padded[axis] ?? 1];
      if (own !== 1) position += (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= own;
    }
    return position;
  };
}
