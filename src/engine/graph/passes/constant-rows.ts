import { constant, constantData, madeBy, type Node, type Value } from '../graph.ts';
import { type Pass, type Rule, rewrite } from '../rewrite.ts';
import type { Shape } from '../size.ts';
import { as } from './constants.ts';

const output = (node: Node): Value => node.outputs[0] as Value;

/** The row [n] that all rows of a value [.., n] are, where it is known. */
function rowOf(value: Value | undefined): ArrayLike<number> | undefined {
  const x = madeBy(value, 'Expand')?.inputs[0];
  const row = constantData(x);
  const width = value?.shape.at(-1);
  return x?.dtype === 'float32' && row?.length === width && x.shape.at(-1) === width ? row : undefined;
}

/** A value all of whose rows are the same, as one row that is expanded. */
const rows = (row: Float32Array, shape: Shape): Value =>
  as(constant(row, [...shape.slice(1).map(() => 1), row.length]), shape);

/** Rows beside rows. */
const concatRows: Rule = (node) => {
  if (node.operation !== 'Concat' || node.attributes.axis !== output(node).shape.length - 1) return undefined;
  const parts = node.inputs.map(rowOf);
  const known = parts.filter((part) => part !== undefined);
  return known.length < parts.length
    ? undefined
    : rows(Float32Array.from(known.flatMap((part) => Array.from(part))), output(node).shape);
};

/** The same rows times a constant matrix, with a constant row added: one row, computed here, in float64. */
const productOfRows: Rule = (node) => {
  if (node.operation !== 'Gemm' && node.operation !== 'MatMul') return undefined;
  const [left, right, addend] = node.inputs;
  const [row, matrix] = [rowOf(left), constantData(right)];
  const added = addend === undefined ? undefined : constantData(addend);
  const { transA, transB } = node.attributes;
  const shape = output(node).shape;
  const columns = shape.at(-1);
  if (row === undefined || matrix === undefined || right?.shape.length !== 2 || transA === 1) return undefined;
  if (typeof columns !== 'number' || (addend !== undefined && added?.length !== columns)) return undefined;
  const [alongRows, alongColumns] = transB === 1 ? [1, row.length] : [columns, 1];
  const product = Float32Array.from({ length: columns }, (_, n) => {
    let sum = added?.[n] ?? 0;
    for (let k = 0; k < row.length; k++) sum += (row[k] ?? 0) * (matrix[k * alongRows + n * alongColumns] ?? 0);
    return sum;
  });
  return rows(product, shape);
};

/**
 * What is the same for every row of a batch is computed for one, before the program runs: the times of an unrolled sampler
 * are constants, and so is what the network makes of them, embeddings included.
 */
export const constantRows: Pass = (graph) => rewrite(graph, concatRows, productOfRows);
