/**
 * Products with constant weights in int8, as a pure function on what `lower.ts` makes (nodes and constants by name): exports
 * use it, and any program between lowering and `encode`. Weights get one scale for each output column and stay symmetric:
 * w ≈ scale · q, q in −127..127; activations are quantised on the fly, to uint8 with a zero point, by one scale for the
 * whole tensor, so that a row's result depends, within that rounding, on the rows beside it.
 */
import type { OnnxProgram } from './lower-graph.ts';
import type { OnnxNode } from './lowering.ts';
import { type Additions, type ProductWeight, replaceProducts } from './replace-products.ts';

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
