import { madeBy, type Node, type Value } from '../graph.ts';
import { apply, remake } from '../operations.ts';
import { type Pass, type Rule, rewrite } from '../rewrite.ts';
import { elements, sameSize } from '../size.ts';
import { as } from './constants.ts';

const output = (node: Node): Value => node.outputs[0] as Value;

/** The row [1, n] that all rows of a matrix [m, n] are. */
function rowOf(value: Value | undefined): Value | undefined {
  const [x] = madeBy(value, 'Expand')?.inputs ?? [];
  const width = value?.shape.at(-1);
  if (x === undefined || width === undefined || value?.shape.length !== 2) return undefined;
  if (!sameSize(x.shape.at(-1), width)) return undefined;
  return x.shape.length === 2 ? x : apply('Reshape', [x], { shape: [1, width] });
}

/** One element that is expanded keeps being one in other shapes. */
const reshapeOne: Rule = (node) => {
  const [x] = madeBy(node.inputs[0], 'Expand')?.inputs ?? [];
  if (node.operation !== 'Reshape' || x === undefined || elements(x.shape) !== 1) return undefined;
  const { shape } = output(node);
  return as(apply('Reshape', [x], { shape: shape.map(() => 1) }), shape);
};

/** Rows beside rows. */
const concatRows: Rule = (node) => {
  if (node.operation !== 'Concat' || node.attributes.axis !== output(node).shape.length - 1) return undefined;
  const rows = node.inputs.flatMap((input) => rowOf(input) ?? []);
  return rows.length < node.inputs.length ? undefined : as(remake(node, rows).outputs[0] as Value, output(node).shape);
};

/** The same rows times a matrix. */
const productOfRows: Rule = (node) => {
  if (node.operation !== 'MatMul' || node.attributes.transA === 1) return undefined;
  const [left, right] = node.inputs;
  const row = rowOf(left);
  if (row === undefined || right?.shape.length !== 2) return undefined;
  return as(remake(node, [row, right]).outputs[0] as Value, output(node).shape);
};

/** What is the same for every row of a batch is computed for one: what a network makes of a time that all contexts share. */
export const rowsOnce: Pass = (graph) => rewrite(graph, reshapeOne, concatRows, productOfRows);
