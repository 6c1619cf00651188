import type { HostData } from '../../../ground/host-tensor.ts';
import { evaluate } from '../evaluate.ts';
import { constantData, madeBy, type Node, scalar, scalarOf, type Value } from '../graph.ts';
import { apply, remake } from '../operations.ts';
import { type Pass, type Rule, rewrite } from '../rewrite.ts';
import { elements, printShape, type Shape, sameShape } from '../size.ts';

/** The one number that all elements of a value are, if it is known. */
export const uniform = (value: Value | undefined): number | undefined =>
  scalarOf(value) ?? scalarOf(madeBy(value, 'Expand')?.inputs[0]);

/** A number everywhere. */
export const everywhere = (value: number, { shape, dtype }: Value): Value =>
  shape.length === 0 ? scalar(value, dtype) : apply('Expand', [scalar(value, dtype)], { shape });

/** A value in the shape of another one that it broadcasts to. */
export const as = (value: Value, shape: Shape): Value =>
  sameShape(value.shape, shape) ? value : apply('Expand', [value], { shape });

const output = (node: Node): Value => node.outputs[0] as Value;

const fold: Rule = (node) => evaluate(node);

/** x + 0, x − 0, x·1, x·0, x/1 and 0/x. */
const neutral: Rule = (node) => {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined) return undefined;
  const { shape } = output(node);
  const [left, right] = [uniform(a), uniform(b)];
  const zero = () => everywhere(0, output(node));
  switch (node.operation) {
    case 'Add':
      return right === 0 ? as(a, shape) : left === 0 ? as(b, shape) : undefined;
    case 'Sub':
      return right === 0 ? as(a, shape) : left === 0 ? apply('Neg', [as(b, shape)]) : undefined;
    case 'Mul':
      if (left === 0 || right === 0) return zero();
      if (left === -1) return apply('Neg', [as(b, shape)]);
      if (right === -1) return apply('Neg', [as(a, shape)]);
      return right === 1 ? as(a, shape) : left === 1 ? as(b, shape) : undefined;
    case 'Div':
      return right === 1 ? as(a, shape) : left === 0 ? zero() : undefined;
    case 'MatMul':
      return left === 0 || right === 0 ? zero() : undefined;
    default:
      return undefined;
  }
};

/** Powers that are cheaper as something else. */
const powers: Rule = (node) => {
  const [x] = node.inputs;
  if (node.operation !== 'Pow' || x === undefined) return undefined;
  const cheap: Readonly<Record<string, () => Value>> = {
    1: () => x,
    2: () => apply('Mul', [x, x]),
    0.5: () => apply('Sqrt', [x]),
    1.5: () => apply('Mul', [x, apply('Sqrt', [x])]),
  };
  return cheap[String(uniform(node.inputs[1]))]?.();
};

/** Division by a number is multiplication; two multiplications by numbers are one. */
const factors: Rule = (node) => {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined || a.dtype !== 'float32') return undefined;
  const divisor = node.operation === 'Div' ? scalarOf(b) : undefined;
  if (divisor !== undefined && divisor !== 0) return apply('Mul', [a, scalar(1 / divisor)]);
  if (node.operation !== 'Mul') return undefined;
  const [x, outer] = scalarOf(a) === undefined ? [a, scalarOf(b)] : [b, scalarOf(a)];
  const [inner, factor] = factorOf(x);
  return outer === undefined || factor === undefined ? undefined : apply('Mul', [inner, scalar(outer * factor)]);
};

/** x and c of a value x·c or −x, so that it is c·x; no factor if it is neither. */
export function factorOf(value: Value): readonly [Value, number | undefined] {
  const negated = madeBy(value, 'Neg')?.inputs[0];
  if (negated !== undefined && value.dtype === 'float32') return [negated, -1];
  const [a, b] = madeBy(value, 'Mul')?.inputs ?? [];
  if (a === undefined || b === undefined || value.dtype !== 'float32') return [value, undefined];
  if (b.shape.length === 0 && scalarOf(b) !== undefined) return [a, scalarOf(b)];
  if (a.shape.length === 0 && scalarOf(a) !== undefined) return [b, scalarOf(a)];
  return [value, undefined];
}

const scaled = (value: Value, factor: number): Value =>
  factor === 1 ? value : factor === -1 ? apply('Neg', [value]) : apply('Mul', [value, scalar(factor)]);

/** Whether a value has fewer elements than another, for every batch. */
const smaller = (a: Value, b: Value): boolean => {
  const [left, right] = [elements(a.shape), elements(b.shape)];
  return typeof left === 'number' && (typeof right === 'object' || left < right);
};

/** A number that multiplies a large operand moves to the smaller one, or behind a sum: c·x·y = x·(c·y), Σcx = cΣx. */
const smallest: Rule = (node, uses) => {
  const [a, b] = node.inputs;
  if (a === undefined) return undefined;
  if (node.operation === 'ReduceSum' || node.operation === 'ReduceMean') {
    const [x, factor] = factorOf(a);
    return factor === undefined ? undefined : scaled(remake(node, [x]).outputs[0] as Value, factor);
  }
  if (node.operation !== 'Mul' || b === undefined) return undefined;
  for (const [large, small] of [
    [a, b],
    [b, a],
  ] as const) {
    const [x, factor] = factorOf(large);
    if (factor === undefined || x.shape.length < small.shape.length || scalarOf(small) !== undefined) continue;
    if (smaller(small, large) && uses(large) <= 1) return apply('Mul', [x, scaled(small, factor)]);
  }
  return undefined;
};

/** a + (−b), a − (−b) and −(−a). */
const signs: Rule = (node) => {
  const [a, b] = node.inputs;
  const [negatedA, negatedB] = [madeBy(a, 'Neg')?.inputs[0], madeBy(b, 'Neg')?.inputs[0]];
  if (node.operation === 'Neg') return negatedA;
  if (a === undefined || b === undefined) return undefined;
  if (node.operation === 'Add' && negatedB !== undefined) return apply('Sub', [a, negatedB]);
  if (node.operation === 'Add' && negatedA !== undefined) return apply('Sub', [b, negatedA]);
  if (node.operation === 'Sub' && negatedB !== undefined) return apply('Add', [a, negatedB]);
  return undefined;
};

/** Arithmetic that can be done before the program runs, or with fewer operations. */
export const foldConstants: Pass = (graph) => rewrite(graph, fold, neutral, powers, factors, smallest, signs);

/** A constant's content as text, undefined for long ones. */
export function constantKey(value: Value): string | undefined {
  const data = constantData(value);
  if (data === undefined || data.length > LONGEST) return undefined;
  return `${value.dtype}${printShape(value.shape)}${contentOf(data)}`;
}

/** Elements of a constant that is told by its content: those of a time's frequencies, and no weights. */
const LONGEST = 512;

const contents = new WeakMap<HostData, string>();

/** The elements as text. */
function contentOf(data: HostData): string {
  const known = contents.get(data) ?? Array.from(data, (element) => (Object.is(element, -0) ? '-0' : element)).join();
  contents.set(data, known);
  return known;
}
