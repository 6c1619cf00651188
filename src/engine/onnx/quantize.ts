/**
 * Products with constant weights in int8, as a pure function on what `lower.ts` makes (nodes and constants by name): exports
 * use it, and any program between lowering and `encode`. Weights get one scale for each output column and stay symmetric:
 * w ≈ scale · q, q in −127..127; activations are quantised on the fly, to uint8 with a zero point, by one scale for the
 * whole tensor, so that a row's result depends, within that rounding, on the rows beside it.
 */
import type { OnnxProgram } from './lower-graph.ts';
import type { OnnxConstant, OnnxNode } from './lowering.ts';

/** The constant factor of a product. */
export interface ProductWeight {
  readonly name: string;
  /** Its rows K and columns N as the product uses it, [K, N]. */
  readonly rows: number;
  readonly columns: number;
}

/** How products are quantised. */
export interface QuantizeOptions {
  /**
   * `standard`: DynamicQuantizeLinear, MatMulInteger, Cast and Mul, which any runtime has and onnxruntime merges when it loads
   * them; `vendor`: com.microsoft's DynamicQuantizeMatMul, which is what that merge makes.
   */
  readonly form: 'standard' | 'vendor';
  /** Which products; all with a constant matrix on the right unless given. */
  readonly chosen?: (weight: ProductWeight) => boolean;
  /** Quantises a weight [K, N] (of [N, K] where `transposed`); kept by the caller where programs share weights. */
  readonly quantized?: (data: Float32Array, rows: number, columns: number, transposed: boolean) => QuantizedMatrix;
}

/** A matrix in int8: element (k, n) is about scales[n] · values[k·N + n]. */
export interface QuantizedMatrix {
  /** [K, N] */
  readonly values: Int8Array;
  /** [N] */
  readonly scales: Float32Array;
}

/** A product A·W (+ C) with a constant W. */
export interface ConstantProduct {
  readonly weight: OnnxConstant;
  readonly rows: number;
  readonly columns: number;
  readonly transposed: boolean;
}

/** Rounds a matrix to int8, each column by its own largest absolute value; columns of zeros have scale 1. */
export function quantizeColumns(
  data: Float32Array,
  rows: number,
  columns: number,
  transposed = false,
): QuantizedMatrix {
  const [alongRows, alongColumns] = transposed ? [1, rows] : [columns, 1];
  const values = new Int8Array(rows * columns);
  const scales = new Float32Array(columns);
  for (let n = 0; n < columns; n++) {
    let largest = 0;
    for (let k = 0; k < rows; k++)
      largest = Math.max(largest, Math.abs(data[k * alongRows + n * alongColumns] ?? Number.NaN));
    const scale = largest === 0 ? 1 : Math.fround(largest / 127);
    scales[n] = scale;
    for (let k = 0; k < rows; k++)
      values[k * columns + n] = Math.round((data[k * alongRows + n * alongColumns] ?? Number.NaN) / scale);
  }
  return { values, scales };
}

/** The program with its chosen products in int8; weights that nothing reads any more are left out. */
export function quantizeProducts(
  program: OnnxProgram,
  { form, chosen = () => true, quantized = quantizeColumns }: QuantizeOptions,
): OnnxProgram {
  return replaceProducts(program, chosen, (node, product, add) => {
    const { weight, rows, columns, transposed } = product;
    const factor = add.weight(`${weight.name}_int8${transposed ? '_transposed' : ''}`, () => {
      const { values, scales } = quantized(weight.data as Float32Array, rows, columns, transposed);
      return [
        { shape: [rows, columns], data: values },
        { shape: [columns], data: scales },
      ];
    });
    (form === 'vendor' ? emitVendor : emitStandard)(node, factor, add);
  });
}

/** What a replacement adds. */
export interface Additions {
  /** The names of constants that are made at the first use of `key`. */
  weight(key: string, make: () => readonly Omit<OnnxConstant, 'name'>[]): readonly string[];
  /** The names of nodes' outputs that are made at the first use of `key`. */
  once(key: string, make: (name: string) => readonly OnnxNode[]): string;
  node(node: OnnxNode): void;
  /** A name that nothing has. */
  fresh(wish: string): string;
}

/** Replaces products with a chosen constant float32 matrix; each in its place, so that nodes stay sorted. */
export function replaceProducts(
  { nodes, constants }: OnnxProgram,
  chosen: (weight: ProductWeight) => boolean,
  replace: (node: OnnxNode, product: ConstantProduct, add: Additions) => void,
): OnnxProgram {
  const known = new Map(constants.map((constant) => [constant.name, constant]));
  const made: OnnxConstant[] = [];
  const written: OnnxNode[] = [];
  const add = additions([...nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]), ...known.keys()], {
    constants: made,
    nodes: written,
  });
  for (const node of nodes) {
    const product = constantProduct(node, known);
    if (product !== undefined && chosen({ ...product, name: product.weight.name })) replace(node, product, add);
    else written.push(node);
  }
  const read = new Set(written.flatMap(({ inputs }) => inputs));
  return { nodes: written, constants: [...constants, ...made].filter(({ name }) => read.has(name)) };
}

/** What a node multiplies by, where that is a constant matrix and nothing is scaled or transposed on the left. */
function constantProduct(node: OnnxNode, known: ReadonlyMap<string, OnnxConstant>): ConstantProduct | undefined {
  const weight = known.get(node.inputs[1] ?? '');
  if (node.domain !== undefined || weight === undefined || !(weight.data instanceof Float32Array)) return undefined;
  const [first, second] = weight.shape;
  if (first === undefined || second === undefined || weight.shape.length !== 2) return undefined;
  if (node.type === 'MatMul') return { weight, rows: first, columns: second, transposed: false };
  if (node.type !== 'Gemm') return undefined;
  const { transA = { int: 0 }, transB = { int: 0 }, ...others } = node.attributes ?? {};
  if (Object.keys(others).length > 0 || !('int' in transA) || transA.int !== 0 || !('int' in transB)) return undefined;
  const transposed = transB.int === 1;
  const [rows, columns] = transposed ? [second, first] : [first, second];
  return { weight, rows, columns, transposed };
}

function additions(
  names: readonly string[],
  { constants, nodes }: { readonly constants: OnnxConstant[]; readonly nodes: OnnxNode[] },
): Additions {
  const taken = new Set(names);
  const kept = new Map<string, readonly string[]>();
  const fresh = (wish: string): string => {
    let name = wish;
    for (let i = 2; taken.has(name); i++) name = `${wish}_${i}`;
    taken.add(name);
    return name;
  };
  const keptAs = (key: string, make: () => readonly string[]): readonly string[] => {
    const found = kept.get(key) ?? make();
    kept.set(key, found);
    return found;
  };
  return {
    fresh,
    node: (node) => nodes.push(node),
    weight: (key, make) =>
      keptAs(key, () =>
        make().map((constant, index) => {
          const name = fresh(index === 0 ? key : `${key}_${index}`);
          constants.push({ ...constant, name });
          return name;
        }),
      ),
    once: (key, make) =>
      keptAs(key, () => {
        const name = fresh(key);
        nodes.push(...make(name));
        return [name];
      })[0] ?? key,
  };
}

function emitVendor(node: OnnxNode, [values = '', scales = '']: readonly string[], add: Additions): void {
  const [left = '', , bias] = node.inputs;
  const inputs = [left, values, scales, ...(bias === undefined ? [] : ['', bias])];
  add.node({ type: 'DynamicQuantizeMatMul', inputs, outputs: node.outputs, domain: 'com.microsoft' });
}

function emitStandard(node: OnnxNode, [values = '', scales = '']: readonly string[], add: Additions): void {
  const [left = '', , bias] = node.inputs;
  const [output = ''] = node.outputs;
  const quantized = add.once(`${left}_quantized`, (name) => [
    { type: 'DynamicQuantizeLinear', inputs: [left], outputs: [name, `${name}_scale`, `${name}_zero`] },
  ]);
  const [whole, float, scale] = ['whole', 'float', 'scale'].map((word) => add.fresh(`${output}_${word}`));
  const product = bias === undefined ? output : add.fresh(`${output}_product`);
  const node1 = (type: string, inputs: string[], name = '', attributes = {}): void =>
    add.node({ type, inputs, outputs: [name], attributes });
  node1('MatMulInteger', [quantized, values, `${quantized}_zero`], whole);
  node1('Cast', [whole ?? ''], float, { to: { int: 1 } });
  node1('Mul', [`${quantized}_scale`, scales], scale);
  node1('Mul', [float ?? '', scale ?? ''], product);
  if (bias !== undefined) node1('Add', [product, bias], output);
}
