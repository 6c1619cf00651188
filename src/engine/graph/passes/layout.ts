import { madeBy, type Node, type NodeOf, type Value } from '../graph.ts';
import { apply } from '../operations.ts';
import { type Pass, type Rule, rewrite } from '../rewrite.ts';
import { isPlain, plain, sameShape } from '../size.ts';

const output = (node: Node): Value => node.outputs[0] as Value;

/** A result that is its input as it is. */
const nothing: Rule = (node) => {
  const [x] = node.inputs;
  if (x === undefined || node.outputs.length > 1) return undefined;
  const idle: Readonly<Record<string, () => boolean>> = {
    Reshape: () => sameShape(x.shape, output(node).shape),
    Slice: () => sameShape(x.shape, output(node).shape),
    Tile: () => sameShape(x.shape, output(node).shape),
    Pad: () => sameShape(x.shape, output(node).shape),
    Split: () => true,
    Cast: () => x.dtype === output(node).dtype,
    Transpose: () => node.operation === 'Transpose' && node.attributes.perm.every((axis, index) => axis === index),
  };
  return idle[node.operation]?.() ? x : undefined;
};

/** Two in a row are one. */
const twice: Rule = (node) => {
  const [x] = node.inputs;
  if (node.operation === 'Reshape') {
    const [inner] = madeBy(x, 'Reshape')?.inputs ?? [];
    return inner && apply('Reshape', [inner], node.attributes);
  }
  if (node.operation !== 'Transpose') return undefined;
  const first = madeBy(x, 'Transpose');
  const [inner] = first?.inputs ?? [];
  if (first === undefined || inner === undefined) return undefined;
  const before = plain(first.attributes.perm);
  return apply('Transpose', [inner], {
    perm: plain(node.attributes.perm).map((axis) => before[axis] ?? 0),
  });
};

/** Moving only axes of one element is a Reshape. */
const reshapeOnly: Rule = (node) => {
  const [x] = node.inputs;
  if (node.operation !== 'Transpose' || x === undefined) return undefined;
  const moved = plain(node.attributes.perm).filter((axis) => x.shape[axis] !== 1);
  const inOrder = moved.every((axis, index) => index === 0 || axis > (moved[index - 1] ?? 0));
  return inOrder ? apply('Reshape', [x], { shape: output(node).shape }) : undefined;
};

/** Putting all parts of a Split back together. */
const rejoin: Rule = (node) => {
  if (node.operation !== 'Concat') return undefined;
  const split = madeBy(node.inputs[0], 'Split');
  if (split === undefined || split.attributes.axis !== node.attributes.axis) return undefined;
  const whole = split.outputs.length === node.inputs.length;
  return whole && split.outputs.every((part, index) => part === node.inputs[index]) ? split.inputs[0] : undefined;
};

/** A swap of the last two axes before a product is the product's own transposition. */
const transposeInProduct: Rule = (node) => {
  if (node.operation !== 'MatMul') return undefined;
  const bare = node.inputs.map((input) => {
    const transpose = madeBy(input, 'Transpose');
    const [x] = transpose?.inputs ?? [];
    return transpose !== undefined && x !== undefined && swapsLast(transpose) ? x : input;
  });
  if (bare.every((input, index) => input === node.inputs[index])) return undefined;
  const { transA, transB } = node.attributes;
  const flip = (flag: number, index: number) => (bare[index] === node.inputs[index] ? flag : 1 - flag);
  return apply('MatMul', bare, { transA: flip(transA, 0), transB: flip(transB, 1) });
};

function swapsLast(transpose: NodeOf<'Transpose'>): boolean {
  const perm = plain(transpose.attributes.perm);
  const rank = perm.length;
  return perm.every((axis, index) => axis === (index < rank - 2 ? index : 2 * rank - 3 - index));
}

/** A product of rows [..., N, K] with one matrix is a product in two dimensions. */
const flatProduct: Rule = (node) => {
  const [a, b] = node.inputs;
  if (node.operation !== 'MatMul' || a === undefined || b?.shape.length !== 2 || a.shape.length === 2) return undefined;
  if (node.attributes.transA === 1 || !isPlain(a.shape.slice(1))) return undefined;
  const columns = a.shape.at(-1) ?? 1;
  const [batch = 1, ...rest] = a.shape.slice(0, -1);
  const factor = plain(rest).reduce((product, size) => product * size, 1);
  const rows = typeof batch === 'number' ? batch * factor : { batch: batch.batch * factor };
  const flat = apply('MatMul', [apply('Reshape', [a], { shape: [rows, columns] }), b], node.attributes);
  return apply('Reshape', [flat], { shape: output(node).shape });
};

/** Drops and merges operations that only move elements. */
export const simplifyLayout: Pass = (graph) =>
  rewrite(graph, nothing, twice, reshapeOnly, rejoin, transposeInProduct, flatProduct);
