import { GraphError } from '../../ground/errors.ts';
import type { Attributes, DType, Node, Value } from './graph.ts';
import { broadcast, elements, isPlain, plain, printShape, type Shape, type Size, sameSize } from './size.ts';

/** The type of one result of an operation. */
interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Gives the types of an operation's results. */
type Infer = (inputs: readonly Value[], attributes: Attributes) => readonly Signature[];

/** Numbers of dtypes in the `to` attribute of Cast. */
export const dtypes: readonly DType[] = ['float32', 'int32', 'bool'];

const only = (shape: Shape, dtype: DType): readonly Signature[] => [{ shape, dtype }];
const first = (inputs: readonly Value[]): Value => {
  const [value] = inputs;
  if (value === undefined) throw new GraphError('an operation without its input');
  return value;
};

const unary: Infer = (inputs) => only(first(inputs).shape, first(inputs).dtype);
/** As `unary`, for an operation that looks along an axis. */
const likewise: Infer = (inputs) => unary(inputs, {});
const elementwise: Infer = (inputs) => only(broadcast(...inputs.map(({ shape }) => shape)), first(inputs).dtype);
const logical: Infer = (inputs) => only(broadcast(...inputs.map(({ shape }) => shape)), 'bool');
const choice: Infer = (inputs) => only(broadcast(...inputs.map(({ shape }) => shape)), inputs[1]?.dtype ?? 'float32');
const conversion: Infer = (inputs, { to }) => only(first(inputs).shape, dtypes[Number(to)] ?? 'float32');
const reduction: Infer = (inputs, attributes) => {
  const { shape, dtype } = first(inputs);
  const axes = sizes(attributes, 'axes');
  const kept = shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : attributes.keepdims === 1 ? [1] : []));
  return only(kept, dtype);
};

/**
 * The operations of a graph, named as in ONNX (com.microsoft's among them), each with the rule for the types of its
 * results. Shapes, axes and splits are attributes of sizes; `MatMul` may transpose its last two axes (transA, transB).
 */
const operations = {
  Abs: unary,
  Acos: unary,
  Asin: unary,
  Atan: unary,
  Ceil: unary,
  Clip: unary,
  Cos: unary,
  Elu: unary,
  Erf: unary,
  Exp: unary,
  Floor: unary,
  LeakyRelu: unary,
  Log: unary,
  Neg: unary,
  Not: unary,
  /** x·sigmoid(x); com.microsoft's, with alpha 1. */
  QuickGelu: unary,
  Reciprocal: unary,
  Relu: unary,
  Sigmoid: unary,
  Sign: unary,
  Sin: unary,
  Softmax: likewise,
  Softplus: unary,
  Sqrt: unary,
  Tanh: unary,
  Add: elementwise,
  Div: elementwise,
  Max: elementwise,
  Min: elementwise,
  Mul: elementwise,
  Pow: elementwise,
  Sub: elementwise,
  Sum: elementwise,
  And: logical,
  Equal: logical,
  Greater: logical,
  GreaterOrEqual: logical,
  Less: logical,
  LessOrEqual: logical,
  Or: logical,
  Where: choice,
  Cast: conversion,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  ArgMax: (inputs, { axis }) =>
    only(
      first(inputs).shape.filter((_, index) => index !== axis),
      'int32',
    ),
  Reshape: (inputs, attributes) => {
    const { shape, dtype } = first(inputs);
    const target = sizes(attributes, 'shape');
    if (!sameSize(elements(shape), elements(target))) {
      throw new GraphError(`Reshape: ${printShape(shape)} does not fit ${printShape(target)}`);
    }
    return only(target, dtype);
  },
  Expand: (inputs, attributes) => only(broadcast(first(inputs).shape, sizes(attributes, 'shape')), first(inputs).dtype),
  Tile: (inputs, attributes) => {
    const repeats = sizes(attributes, 'repeats');
    return only(
      first(inputs).shape.map((size, axis) => elements([size, repeats[axis] ?? 1])),
      first(inputs).dtype,
    );
  },
  Transpose: (inputs, attributes) => {
    const { shape, dtype } = first(inputs);
    return only(
      plain(sizes(attributes, 'perm')).map((axis) => shape[axis] ?? 1),
      dtype,
    );
  },
  Concat: (inputs, { axis }) => {
    const { shape, dtype } = first(inputs);
    const joined = inputs.map((input) => input.shape[Number(axis)] ?? 1).reduce(plus);
    return only(
      shape.map((size, index) => (index === axis ? joined : size)),
      dtype,
    );
  },
  Split: (inputs, attributes) => {
    const { shape, dtype } = first(inputs);
    return sizes(attributes, 'split').map((part) => ({
      shape: shape.map((size, axis) => (axis === attributes.axis ? part : size)),
      dtype,
    }));
  },
  /** starts and lengths for every axis. */
  Slice: (inputs, attributes) => only(sizes(attributes, 'lengths'), first(inputs).dtype),
  /** pads: all starts, then all ends; filled with `value`. */
  Pad: (inputs, attributes) => {
    const { shape, dtype } = first(inputs);
    const pads = sizes(attributes, 'pads');
    const padded = shape.map((size, axis) => [pads[axis] ?? 0, size, pads[axis + shape.length] ?? 0].reduce(plus));
    return only(padded, dtype);
  },
  Gather: (inputs, { axis }) => {
    const { shape, dtype } = first(inputs);
    return only(
      [...shape.slice(0, Number(axis)), ...(inputs[1]?.shape ?? []), ...shape.slice(Number(axis) + 1)],
      dtype,
    );
  },
  MatMul: (inputs, { transA, transB }) => {
    const [left, right] = [flipped(inputs[0], transA), flipped(inputs[1], transB)];
    if (!sameSize(left.columns, right.rows)) {
      throw new GraphError(`MatMul: ${inputs.map(({ shape }) => printShape(shape)).join(' and ')} do not fit`);
    }
    return only([...broadcast(left.batch, right.batch), left.rows, right.columns], first(inputs).dtype);
  },
  /** A·B + C in two dimensions, C broadcast. */
  Gemm: (inputs, { transA, transB }) => {
    const [left, right] = [flipped(inputs[0], transA), flipped(inputs[1], transB)];
    return only([left.rows, right.columns], first(inputs).dtype);
  },
  /** Over the last axis. With statistics=1 mean and reciprocal standard deviation are results too. */
  LayerNormalization: (inputs, { statistics }) => {
    const { shape, dtype } = first(inputs);
    const reduced = { shape: [...shape.slice(0, -1), 1], dtype };
    return statistics === 1 ? [{ shape, dtype }, reduced, reduced] : [{ shape, dtype }];
  },
  /** The batch, as a float32 scalar. */
  BatchSize: () => only([], 'float32'),
} as const satisfies Readonly<Record<string, Infer>>;

/** The name of an operation. */
export type OperationName = keyof typeof operations;

/** Whether each element of an operation's result depends on the elements at the same place alone. */
export function isElementwise(name: OperationName): boolean {
  const rule: Infer = operations[name];
  return [unary, elementwise, logical, choice, conversion].includes(rule);
}

/** An attribute that is a list of sizes. */
export function sizes(attributes: Attributes, name: string): readonly Size[] {
  const value = attributes[name];
  if (!Array.isArray(value)) throw new GraphError(`expected sizes in the attribute '${name}'`);
  return value as readonly Size[];
}

function flipped(value: Value | undefined, transpose: Attributes[string] | undefined) {
  const shape = value?.shape ?? [];
  const [rows = 1, columns = 1] = shape.slice(-2);
  const batch = shape.slice(0, -2);
  return transpose === 1 ? { rows: columns, columns: rows, batch } : { rows, columns, batch };
}

function plus(a: Size, b: Size): Size {
  if (isPlain([a, b])) return Number(a) + Number(b);
  if (a === 0) return b;
  if (b === 0) return a;
  if (typeof a === 'object' && typeof b === 'object') return { batch: a.batch + b.batch };
  throw new GraphError(`${printShape([a, b])}: a sum of batch and number is not supported`);
}

let serial = 0;

/** Makes a node; its results' types follow from the operation's rule. */
export function make(operation: OperationName, inputs: readonly Value[], attributes: Attributes = {}): Node {
  const rule: Infer = operations[operation];
  return makeTyped(operation, inputs, attributes, rule(inputs, attributes));
}

/** Makes a node with results of given types. */
export function makeTyped(
  operation: OperationName,
  inputs: readonly Value[],
  attributes: Attributes,
  results: readonly Signature[],
): Node {
  const outputs: Value[] = [];
  const node: Node = { serial: serial++, operation, inputs, attributes, outputs };
  for (const { shape, dtype } of results) outputs.push({ shape, dtype, source: { kind: 'node', node } });
  return node;
}

/** Makes a node and gives its first result. */
export function apply(operation: OperationName, inputs: readonly Value[], attributes: Attributes = {}): Value {
  return first(make(operation, inputs, attributes).outputs);
}
