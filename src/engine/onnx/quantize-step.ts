/**
 * The products of a training step in int8, as a pure function on what `lower.ts` makes. SwitchBack (arXiv 2304.13013) has the
 * forwards and the gradients of inputs so and keeps the gradients of weights in float32, since they sum over 10⁵ rows; a head's
 * batch has about a thousand, and its weights' gradients are in int8, too. Every matrix is quantised on the fly by one scale:
 * as a left factor to uint8 with a zero point, as a right one to int8 around zero, once however many products read it.
 */
import type { Shape } from '../graph/size.ts';
import type { LoweredGraph } from './lower-graph.ts';
import { int, ints, type OnnxConstant, type OnnxNode } from './lowering.ts';

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
  const writer = new Int8Writer(program);
  const weights = new Set(program.inputs.flatMap(({ name }) => (learnt(name) ? [name] : [])));
  for (const node of program.nodes) {
    const product = productOf(node, program.shapes);
    if (product === undefined || product.work < least || !isChosen(product, weights)) writer.nodes.push(node);
    else writer.product(node, product, !weights.has(product.right));
  }
  return { ...program, nodes: writer.nodes, constants: [...program.constants, ...writer.constants] };
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

/** What a quantised matrix is called: its whole numbers and its scale, and the zero point of a left one. */
interface Quantized {
  readonly values: string;
  readonly scale: string;
  readonly zero: string;
}

/** Half the width of int8, which is symmetric; and a scale's least, so that a matrix of zeros has one. */
const [LARGEST, TINY] = [127, 1e-30];

/** Writes products with their factors quantised, each at its first use. */
class Int8Writer {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #taken: Set<string>;
  readonly #made = new Map<string, Quantized>();
  readonly #shapes: ReadonlyMap<string, Shape>;

  constructor({ nodes, constants, inputs, shapes }: LoweredGraph) {
    const edges = inputs.map(({ name }) => name);
    this.#taken = new Set([...nodes.flatMap((node) => [...node.inputs, ...node.outputs]), ...edges]);
    for (const { name } of constants) this.#taken.add(name);
    this.#shapes = shapes;
  }

  /** A product's node in int8; what is added to it goes in where it is one row. A `guarded` right factor is NaN if part of it is. */
  product({ inputs, outputs }: OnnxNode, { left, right, transposed }: Product, guarded: boolean): void {
    const a = this.#once(`${left} left`, () => this.#left(left));
    const b = this.#once(`${right} right`, () => this.#right(right, guarded));
    const first = transposed[0] ? this.#transposed(a) : a.values;
    const second = transposed[1] ? this.#transposed(b) : b.values;
    const [output = ''] = outputs;
    const added = inputs[2];
    const isRow = added !== undefined && this.#shapes.get(added)?.length === 1;
    const result = added === undefined || isRow ? output : this.#fresh(`${output}_product`);
    this.nodes.push({
      type: 'MatMulIntegerToFloat',
      domain: 'com.microsoft',
      inputs: [first, second, a.scale, b.scale, a.zero, ...(isRow ? ['', added] : [])],
      outputs: [result],
    });
    if (added !== undefined && !isRow) this.#emit('Add', [result, added], output);
  }

  /** uint8 with a zero point: what onnxruntime multiplies from the left. */
  #left(name: string): Quantized {
    const [values, scale, zero] = ['uint8', 'step', 'zero'].map((word) => this.#fresh(`${name}_${word}`));
    const quantized = { values: values ?? '', scale: scale ?? '', zero: zero ?? '' };
    this.nodes.push({ type: 'DynamicQuantizeLinear', inputs: [name], outputs: Object.values(quantized) });
    return quantized;
  }

  /**
   * int8 around zero: its products with uint8 are twice as fast as those of uint8 with uint8. Whole numbers know no NaN, and
   * largest values may pass over one; a sum does not, so that a guarded matrix has a scale that is none.
   */
  #right(name: string, guarded: boolean): Quantized {
    const constant = (key: string, data: OnnxConstant['data']): string =>
      this.#once(key, () => {
        const values = this.#fresh(key);
        this.constants.push({ name: values, shape: [], data });
        return { values, scale: '', zero: '' };
      }).values;
    const step = (type: string, from: readonly string[], word: string, attributes = {}): string =>
      this.#emit(type, from, this.#fresh(`${name}_${word}`), attributes);
    const highest = step('ReduceMax', [name], 'highest', { keepdims: int(0) });
    const lowest = step('Neg', [step('ReduceMin', [name], 'lowest', { keepdims: int(0) })], 'depth');
    const largest = step('Max', [highest, lowest, constant('int8_tiny', Float32Array.of(TINY))], 'largest');
    const exact = step('Mul', [largest, constant('int8_share', Float32Array.of(1 / LARGEST))], 'scale');
    const guard = (): string => {
      const sum = step('ReduceSum', [name], 'sum', { keepdims: int(0) });
      return step('Add', [exact, step('Mul', [sum, constant('int8_nothing', Float32Array.of(0))], 'guard')], 'guarded');
    };
    const scale = guarded ? guard() : exact;
    const values = step('QuantizeLinear', [name, scale, constant('int8_zero', new Int8Array(1))], 'int8');
    return { values, scale, zero: '' };
  }

  #transposed({ values }: Quantized): string {
    const made = this.#once(`${values} transposed`, () => ({
      values: this.#emit('Transpose', [values], this.#fresh(`${values}_transposed`), { perm: ints([1, 0]) }),
      ...{ scale: '', zero: '' },
    }));
    return made.values;
  }

  #emit(type: string, inputs: readonly string[], output: string, attributes: OnnxNode['attributes'] = {}): string {
    this.nodes.push({ type, inputs, outputs: [output], attributes });
    return output;
  }

  #once(key: string, make: () => Quantized): Quantized {
    const found = this.#made.get(key) ?? make();
    this.#made.set(key, found);
    return found;
  }

  #fresh(wish: string): string {
    let name = wish;
    for (let i = 2; this.#taken.has(name); i++) name = `${wish}_${i}`;
    this.#taken.add(name);
    return name;
  }
}
