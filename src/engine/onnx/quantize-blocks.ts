/**
 * Products with constant weights in four bits: com.microsoft's MatMulNBits. A block of 32 weights of a column has one scale;
 * w ≈ scale · (q − 8), q in 0..15. Activations are rounded to int8 in blocks of their own row (accuracy level 4), so that a
 * row's result does not depend on the rows beside it.
 */
import type { OnnxProgram } from './lower-graph.ts';
import { int } from './lowering.ts';
import { type ProductWeight, replaceProducts } from './replace-products.ts';

/** Weights that share a scale. */
const BLOCK = 32;
/** Activations are rounded to int8. */
const INT8_ACTIVATIONS = 4;

/** A matrix in four bits. */
export interface BlockMatrix {
  /** Two of a column's neighbours a byte, the first in the lower half: [N, ⌈K / 32⌉, 16]. */
  readonly values: Uint8Array;
  /** [N, ⌈K / 32⌉] */
  readonly scales: Float32Array;
}

/** How products are quantised. */
export interface QuantizeBlocksOptions {
  /** Which products; all with a constant matrix on the right unless given. */
  readonly chosen?: (weight: ProductWeight) => boolean;
  /** Quantises a weight [K, N] (of [N, K] where `transposed`); kept by the caller where programs share weights. */
  readonly quantized?: (data: Float32Array, rows: number, columns: number, transposed: boolean) => BlockMatrix;
}

/** The program with its chosen products in four bits; weights that nothing reads any more are left out. */
export function quantizeBlockProducts(
  program: OnnxProgram,
  { chosen = () => true, quantized = quantizeBlocks }: QuantizeBlocksOptions = {},
): OnnxProgram {
  return replaceProducts(program, chosen, (node, { weight, rows, columns, transposed }, add) => {
    const blocks = Math.ceil(rows / BLOCK);
    const [values = '', scales = ''] = add.weight(`${weight.name}_int4${transposed ? '_transposed' : ''}`, () => {
      const matrix = quantized(weight.data as Float32Array, rows, columns, transposed);
      return [
        { shape: [columns, blocks, BLOCK / 2], data: matrix.values, unsigned: true },
        { shape: [columns * blocks], data: matrix.scales },
      ];
    });
    const [left = '', , bias] = node.inputs;
    const [output = ''] = node.outputs;
    const product = bias === undefined ? output : add.fresh(`${output}_product`);
    const sizes = { K: int(rows), N: int(columns), bits: int(4), block_size: int(BLOCK) };
    add.node({
      type: 'MatMulNBits',
      inputs: [left, values, scales],
      outputs: [product],
      attributes: { ...sizes, accuracy_level: int(INT8_ACTIVATIONS) },
      domain: 'com.microsoft',
    });
    if (bias !== undefined) add.node({ type: 'Add', inputs: [product, bias], outputs: [output] });
  });
}

/** Rounds a matrix to four bits, by the scale of each block that leaves the least squared error. */
export function quantizeBlocks(data: Float32Array, rows: number, columns: number, transposed = false): BlockMatrix {
  const [alongRows, alongColumns] = transposed ? [1, rows] : [columns, 1];
  const blocks = Math.ceil(rows / BLOCK);
  const values = new Uint8Array((columns * blocks * BLOCK) / 2);
  const scales = new Float32Array(columns * blocks);
  const block = new Float32Array(BLOCK);
  for (let n = 0; n < columns; n++) {
    for (let b = 0; b < blocks; b++) {
      const count = Math.min(BLOCK, rows - b * BLOCK);
      block.fill(0);
      for (let i = 0; i < count; i++) block[i] = data[(b * BLOCK + i) * alongRows + n * alongColumns] ?? Number.NaN;
      const place = n * blocks + b;
      const scale = bestScale(block);
      scales[place] = scale;
      for (let i = 0; i < BLOCK; i += 2)
        values[(place * BLOCK + i) / 2] = wordOf(block[i] ?? 0, scale) | (wordOf(block[i + 1] ?? 0, scale) << 4);
    }
  }
  return { values, scales };
}

/** Parts of the largest value that may become −8, from which the best is taken. */
const PARTS = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7] as const;

/** The scale with the least squared error; the largest value is at −8, of which there is one more than of positive ones. */
function bestScale(block: Float32Array): number {
  let largest = 0;
  for (const value of block) if (!(Math.abs(value) <= Math.abs(largest))) largest = value;
  if (largest === 0) return 1;
  let [best, least] = [Math.fround(largest / -8), Number.POSITIVE_INFINITY];
  for (const part of PARTS) {
    const scale = Math.fround((part * largest) / -8);
    let error = 0;
    for (const value of block) error += (value - scale * (wordOf(value, scale) - 8)) ** 2;
    if (error < least) [best, least] = [scale, error];
  }
  return best;
}

const wordOf = (value: number, scale: number): number => Math.min(15, Math.max(0, Math.round(value / scale) + 8));
