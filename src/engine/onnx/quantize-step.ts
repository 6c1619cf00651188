/**
 * The products of a training step in int8, as a pure function on what `lower.ts` makes. SwitchBack (arXiv 2304.13013) has the
 * forwards and the gradients of inputs so and keeps the gradients of weights in float32, since they sum over 10⁵ rows; a head's
 * batch has about a thousand, and its weights' gradients are in int8, too. Every matrix is quantised on the fly by one scale:
 * as a left factor to uint8 with a zero point, as a right one to int8 around zero, once however many products read it.
 */
import type { Shape } from '../graph/size.ts';
import type { LoweredGraph } from './lower-graph.ts';
import { int, ints, type OnnxConstant, type OnnxNode } from './lowering.ts';
import { type Additions, additions } from './replace-products.ts';

/** The least multiplications of a product that is worth int8: smaller ones save less than quantising takes. */
const LEAST_PRODUCT = 1 << 23;

/**
 * The step with its large products in int8: those with a weight that is learnt on the right, and those of two activations that
 * sum over rows, which are the gradients of weights. `learnt` tells such weights among the inputs.
 */
export function quantizeStep(
  program: LoweredGraph,
  learnt: (input: string) => boolean,
  least: number = LEAST_PRODUCT,
): LoweredGraph {
  const { inputs, shapes } = program;
  const names = program.nodes.flatMap((node) => [...node.inputs, ...node.outputs]);
  const edges = [...inputs, ...program.constants].map(({ name }) => name);
  const made: { readonly nodes: OnnxNode[]; readonly constants: OnnxConstant[] } = { nodes: [], constants: [] };
  const add = additions([...names, ...edges], made);
  const weights = new Set(inputs.flatMap(({ name }) => (learnt(name) ? [name] : [])));
  for (const node of program.nodes) {
    const product = productOf(node, shapes);
    if (product === undefined || product.work < least || !isChosen(product, weights)) add.node(node);
    else emitProduct(node, product, add, { shapes, guarded: !weights.has(product.right) });
  }
  return { ...program, nodes: made.nodes, constants: [...program.constants, ...made.constants] };
}

/** A product of two matrices of known sizes. */
interface Product {
  readonly left: string;
  readonly right: string;
  readonly transposed: readonly [left: boolean, right: boolean];
  /** Multiplications. */
  readonly work: number;
}

const isChosen = ({ left, right, transposed }: Product, weights: ReadonlySet<string>): boolean =>
  weights.has(right) ? !transposed[0] : transposed[0] && !transposed[1] && !weights.has(left);

function productOf({ type, domain, inputs, attributes = {} }: OnnxNode, shapes: ReadonlyMap<string, Shape>) {
  if (domain !== undefined || (type !== 'MatMul' && type !== 'Gemm')) return undefined;
  const { transA = int(0), transB = int(0), ...others } = attributes;
  const [left = '', right = ''] = inputs;
  const [rows, inner] = matrix(shapes.get(left)) ?? [];
  const [first, second] = matrix(shapes.get(right)) ?? [];
  if (Object.keys(others).length > 0 || !('int' in transA) || !('int' in transB)) return undefined;
  if (rows === undefined || inner === undefined || first === undefined || second === undefined) return undefined;
  const transposed = [transA.int === 1, transB.int === 1] as const;
  return { left, right, transposed, work: rows * inner * (transposed[1] ? first : second) };
}

/** The sizes of a matrix, where it is one and they are known. */
function matrix(shape: Shape | undefined): [number, number] | undefined {
  const [rows, columns] = shape ?? [];
  return shape?.length === 2 && typeof rows === 'number' && typeof columns === 'number' ? [rows, columns] : undefined;
}

/** Half the width of int8, which is symmetric; and a scale's least, so that a matrix of zeros has one. */
const [LARGEST, TINY] = [127, 1e-30];

/** A product in int8, its factors quantised at their first use; what is added to it goes in where it is one row. */
function emitProduct(
  { inputs, outputs }: OnnxNode,
  { left, right, transposed }: Product,
  add: Additions,
  { shapes, guarded }: { readonly shapes: ReadonlyMap<string, Shape>; readonly guarded: boolean },
): void {
  const [a, b] = [leftFactor(left, add), rightFactor(right, guarded, add)];
  const first = transposed[0] ? turned(a, add) : a;
  const second = transposed[1] ? turned(b, add) : b;
  const [output = ''] = outputs;
  const added = inputs[2];
  const isRow = added !== undefined && shapes.get(added)?.length === 1;
  const result = added === undefined || isRow ? output : add.fresh(`${output}_product`);
  add.node({
    type: 'MatMulIntegerToFloat',
    domain: 'com.microsoft',
    inputs: [first, second, `${a}_scale`, `${b}_scale`, `${a}_zero`, ...(isRow ? ['', added] : [])],
    outputs: [result],
  });
  if (added !== undefined && !isRow) add.node({ type: 'Add', inputs: [result, added], outputs: [output] });
}

/** uint8 with a zero point: what onnxruntime multiplies from the left. */
const leftFactor = (name: string, add: Additions): string =>
  add.once(`${name}_uint8`, (values) => [
    { type: 'DynamicQuantizeLinear', inputs: [name], outputs: [values, `${values}_scale`, `${values}_zero`] },
  ]);

/**
 * int8 around zero: its products with uint8 are twice as fast as those of uint8 with uint8. Whole numbers know no NaN, and largest
 * values may pass over one; a sum does not, so that a guarded matrix has a scale that is none where a part of it is.
 */
function rightFactor(name: string, guarded: boolean, add: Additions): string {
  const constant = (key: string, data: OnnxConstant['data']): string =>
    add.weight(key, () => [{ shape: [], data }])[0] ?? key;
  return add.once(`${name}_int8`, (values) => {
    const nodes: OnnxNode[] = [];
    const step = (type: string, inputs: readonly string[], word: string, attributes = {}): string => {
      const output = word === '' ? values : `${values}_${word}`;
      nodes.push({ type, inputs, outputs: [output], attributes });
      return output;
    };
    const whole = { keepdims: int(0) };
    const highest = step('ReduceMax', [name], 'highest', whole);
    const lowest = step('Neg', [step('ReduceMin', [name], 'lowest', whole)], 'depth');
    const largest = step('Max', [highest, lowest, constant('int8_tiny', Float32Array.of(TINY))], 'largest');
    const share = [largest, constant('int8_share', Float32Array.of(1 / LARGEST))];
    const guard = (): string => {
      const nothing = constant('int8_nothing', Float32Array.of(0));
      const none = step('Mul', [step('ReduceSum', [name], 'sum', whole), nothing], 'guard');
      return step('Add', [step('Mul', share, 'share'), none], 'scale');
    };
    const scale = guarded ? guard() : step('Mul', share, 'scale');
    step('QuantizeLinear', [name, scale, constant('int8_zero', new Int8Array(1))], '');
    return nodes;
  });
}

const turned = (values: string, add: Additions): string =>
  add.once(`${values}_transposed`, (output) => [
    { type: 'Transpose', inputs: [values], outputs: [output], attributes: { perm: ints([1, 0]) } },
  ]);
