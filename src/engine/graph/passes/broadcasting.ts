import { madeBy, type Node, scalar, type Value } from '../graph.ts';
import { apply, isElementwise, remake } from '../operations.ts';
import { type Pass, type Rule, rewrite } from '../rewrite.ts';
import { elements, plain, type Shape, sameShape } from '../size.ts';
import { as, everywhere, uniform } from './constants.ts';

const output = (node: Node): Value => node.outputs[0] as Value;

/** An elementwise operation broadcasts by itself: its operands need no Expand, at worst its result does. */
const expandLater: Rule = (node) => {
  if (!isElementwise(node.operation)) return undefined;
  const bare = node.inputs.map((input) => madeBy(input, 'Expand')?.inputs[0] ?? input);
  if (bare.every((input, index) => input === node.inputs[index])) return undefined;
  const { outputs } = remake(node, bare);
  return outputs.map((value) => as(value, output(node).shape));
};

/** Operations that only move elements leave a value alone that is the same everywhere. */
const moves: ReadonlySet<string> = new Set(['Reshape', 'Transpose', 'Slice', 'Split', 'Tile', 'Expand']);
const moveUniform: Rule = (node) => {
  const value = moves.has(node.operation) ? uniform(node.inputs[0]) : undefined;
  const scalarToShape = node.operation === 'Expand' && node.inputs[0]?.shape.length === 0;
  if (value === undefined || scalarToShape) return undefined;
  return node.outputs.map((result) => everywhere(value, result));
};

/** Expand to the same shape, and Expand of Expand. */
const expandOnce: Rule = (node) => {
  const [x] = node.inputs;
  if (node.operation !== 'Expand' || x === undefined) return undefined;
  if (sameShape(x.shape, output(node).shape)) return x;
  const inner = madeBy(x, 'Expand')?.inputs[0];
  return inner && as(inner, output(node).shape);
};

/** The sum of an Expand over axes that it made is a multiple. */
const sumOfExpand: Rule = (node) => {
  if (node.operation !== 'ReduceSum') return undefined;
  const expand = madeBy(node.inputs[0], 'Expand');
  const [x] = expand?.inputs ?? [];
  if (expand === undefined || x?.dtype !== 'float32') return undefined;
  const full = output(expand).shape;
  const axes = plain(node.attributes.axes);
  const ownAxis = (axis: number) => axis - (full.length - x.shape.length);
  if (!axes.every((axis) => (x.shape[ownAxis(axis)] ?? 1) === 1)) return undefined;
  const own = axes.map(ownAxis).filter((axis) => axis >= 0);
  const reduced = own.length === 0 ? x : apply('ReduceSum', [x], { ...node.attributes, axes: own });
  return as(apply('Mul', [reduced, count(axes.map((axis) => full[axis] ?? 1))]), output(node).shape);
};

function count(shape: Shape): Value {
  const size = elements(shape);
  return typeof size === 'number' ? scalar(size) : apply('Mul', [apply('BatchSize', []), scalar(size.batch)]);
}

/** A reduction over axes of one element is a Reshape. */
const sumOfOne: Rule = (node) => {
  const [x] = node.inputs;
  if (!('keepdims' in node.attributes) || x === undefined) return undefined;
  const alone = node.attributes.axes.every((axis) => x.shape[Number(axis)] === 1);
  return alone ? apply('Reshape', [x], { shape: output(node).shape }) : undefined;
};

/** Moves Expand behind what does not need it, until it meets something that broadcasts by itself. */
export const expandLast: Pass = (graph) => rewrite(graph, expandOnce, moveUniform, expandLater, sumOfExpand, sumOfOne);
