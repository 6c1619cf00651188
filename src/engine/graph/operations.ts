import { GraphError } from '../../ground/errors.ts';
import type { Attributes, AttributesOf, OperationName, PlainOperation, Reduction } from './attributes.ts';
import type { DType, Node, NodeOf, Value } from './graph.ts';
import { broadcast, elements, isPlain, plain, printShape, type Shape, type Size, sameSize } from './size.ts';

/** The type of one result of an operation. */
interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Gives the types of an operation's results. */
type Infer<Name extends OperationName> = (
  inputs: readonly Value[],
  attributes: AttributesOf<Name>,
) => readonly Signature[];

/** Numbers of dtypes in the `to` attribute of Cast. */
export const dtypes: readonly DType[] = ['float32', 'int32', 'bool'];

const only = (shape: Shape, dtype: DType): readonly Signature[] => [{ shape, dtype }];
const first = (inputs: readonly Value[]): Value => {
  const [value] = inputs;
  if (value === undefined) throw new GraphError('an operation without its input');
  return value;
};

const unary = (inputs: readonly Value[]) => only(first(inputs).shape, first(inputs).dtype);
/** As `unary`, for an operation that looks along an axis. */
const likewise = (inputs: readonly Value[]) => unary(inputs);
const elementwise = (inputs: readonly Value[]) =>
  only(broadcast(...inputs.map(({ shape }) => shape)), first(inputs).dtype);
const logical = (inputs: readonly Value[]) => only(broadcast(...inputs.map(({ shape }) => shape)), 'bool');
const choice = (inputs: readonly Value[]) =>
  only(broadcast(...inputs.map(({ shape }) => shape)), inputs[1]?.dtype ?? 'float32');
const conversion: Infer<'Cast'> = (inputs, { to }) => only(first(inputs).shape, dtypes[to] ?? 'float32');
const reduction: Infer<Reduction> = (inputs, { axes, keepdims }) => {
  const { shape, dtype } = first(inputs);
  const kept = shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : keepdims === 1 ? [1] : []));
  return only(kept, dtype);
};

/** The rule of each operation for the types of its results. */
const operations: { readonly [Name in OperationName]: Infer<Name> } = {
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
  Reshape: (inputs, { shape: target }) => {
    const { shape, dtype } = first(inputs);
    if (!sameSize(elements(shape), elements(target))) {
      throw new GraphError(`Reshape: ${printShape(shape)} does not fit ${printShape(target)}`);
    }
    return only(target, dtype);
  },
  Expand: (inputs, { shape }) => only(broadcast(first(inputs).shape, shape), first(inputs).dtype),
  Tile: (inputs, { repeats }) =>
    only(
      first(inputs).shape.map((size, axis) => elements([size, repeats[axis] ?? 1])),
      first(inputs).dtype,
    ),
  Transpose: (inputs, { perm }) => {
    const { shape, dtype } = first(inputs);
    return only(
      plain(perm).map((axis) => shape[axis] ?? 1),
      dtype,
    );
  },
  Concat: (inputs, { axis }) => {
    const { shape, dtype } = first(inputs);
    const joined = inputs.map((input) => input.shape[axis] ?? 1).reduce(plus);
    return only(
      shape.map((size, index) => (index === axis ? joined : size)),
      dtype,
    );
  },
  Split: (inputs, { axis: along, split }) => {
    const { shape, dtype } = first(inputs);
    return split.map((part) => ({
      shape: shape.map((size, axis) => (axis === along ? part : size)),
      dtype,
    }));
  },
  Slice: (inputs, { lengths }) => only(lengths, first(inputs).dtype),
  Pad: (inputs, { pads }) => {
    const { shape, dtype } = first(inputs);
    const padded = shape.map((size, axis) => [pads[axis] ?? 0, size, pads[axis + shape.length] ?? 0].reduce(plus));
    return only(padded, dtype);
  },
  Gather: (inputs, { axis }) => {
    const { shape, dtype } = first(inputs);
    return only([...shape.slice(0, axis), ...(inputs[1]?.shape ?? []), ...shape.slice(axis + 1)], dtype);
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
  /** Over the last axis. */
  LayerNormalization: (inputs, { statistics }) => {
    const { shape, dtype } = first(inputs);
    const reduced = { shape: [...shape.slice(0, -1), 1], dtype };
    return statistics === 1 ? [{ shape, dtype }, reduced, reduced] : [{ shape, dtype }];
  },
  /** The batch, as a float32 scalar. */
  BatchSize: () => only([], 'float32'),
};

/** Whether each element of an operation's result depends on the elements at the same place alone. */
export function isElementwise(name: OperationName): boolean {
  const rule: unknown = operations[name];
  return [unary, elementwise, logical, choice, conversion].some((known) => known === rule);
}

function flipped(value: Value | undefined, transpose: number) {
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

/** The attributes of an operation that takes any. */
type Given<Name extends OperationName> = Name extends PlainOperation ? [] : [attributes: AttributesOf<Name>];

/** Makes a node; its results' types follow from the operation's rule. */
export function make<Name extends OperationName>(
  operation: Name,
  inputs: readonly Value[],
  ...[attributes]: Given<Name>
): Node {
  return made({ operation, inputs, attributes: (attributes ?? {}) as AttributesOf<Name> });
}

/** Makes a node like another on other inputs; its results' types follow from its operation's rule. */
export const remake = ({ operation, attributes }: Node, inputs: readonly Value[]): Node =>
  made({ operation, inputs, attributes });

function made<Name extends OperationName>(node: Pick<NodeOf<Name>, 'operation' | 'inputs' | 'attributes'>): Node {
  const rule: Infer<Name> = operations[node.operation];
  return makeTyped(node.operation, node.inputs, node.attributes, rule(node.inputs, node.attributes));
}

/** Makes a node with results of given types. */
export function makeTyped(
  operation: OperationName,
  inputs: readonly Value[],
  attributes: Attributes,
  results: readonly Signature[],
): Node {
  const outputs: Value[] = [];
  const node = { serial: serial++, operation, inputs, attributes, outputs } as Node;
  for (const { shape, dtype } of results) outputs.push({ shape, dtype, source: { kind: 'node', node } });
  return node;
}

/** Makes a node and gives its first result. */
export function apply<Name extends OperationName>(
  operation: Name,
  inputs: readonly Value[],
  ...attributes: Given<Name>
): Value {
  return first(make(operation, inputs, ...attributes).outputs);
}
