/** How the weights of an exported student are kept: a table, by the names that `fewstep export --precision` takes. */
import { halveWeights, toHalf } from '../../engine/onnx/half-weights.ts';
import type { OnnxProgram } from '../../engine/onnx/lower-graph.ts';
import { quantizeColumns, quantizeProducts } from '../../engine/onnx/quantize.ts';
import { quantizeBlockProducts, quantizeBlocks } from '../../engine/onnx/quantize-blocks.ts';
import type { ProductWeight } from '../../engine/onnx/replace-products.ts';

/** A way of keeping weights that is not float32. */
export interface Rounding {
  /** How the products of a program are rounded; of its weights, each is rounded once for all programs of a student. */
  readonly rewrite: () => (program: OnnxProgram) => OnnxProgram;
  /** The largest median, over rows, of the relative difference from float32: what is more is no rounding. */
  readonly limit: number;
  /** What a card says of it. */
  readonly meaning: string;
}

/** Products of fewer rows or columns stay float32: the first and the last, where a token enters and leaves. */
export const SMALLEST = 64;
const chosen = ({ rows, columns }: ProductWeight): boolean => Math.min(rows, columns) >= SMALLEST;

/** Remembers what was made of an array, in the two ways that it may lie. */
function once<Made>(make: (data: Float32Array, rows: number, columns: number, transposed: boolean) => Made) {
  const made = [new Map<Float32Array, Made>(), new Map<Float32Array, Made>()] as const;
  return (data: Float32Array, rows: number, columns: number, transposed: boolean): Made => {
    const known = made[transposed ? 1 : 0];
    const found = known.get(data) ?? make(data, rows, columns, transposed);
    known.set(data, found);
    return found;
  };
}

/** The ways by name. */
export const roundings = {
  float16: {
    rewrite: () => {
      const halved = once(toHalf);
      return (program) => halveWeights(program, { chosen, halved: (data) => halved(data, 0, 0, false) });
    },
    limit: 0.01,
    meaning: 'weights in float16, widened when the file is loaded; all arithmetic in float32',
  },
  int8: {
    rewrite: () => {
      const quantized = once(quantizeColumns);
      return (program) => quantizeProducts(program, { form: 'standard', chosen, quantized });
    },
    limit: 0.1,
    meaning:
      'weights in int8 with a scale for each output, activations rounded to 8 bits by one scale for the whole batch; standard operators',
  },
  int4: {
    rewrite: () => {
      const quantized = once(quantizeBlocks);
      return (program) => quantizeBlockProducts(program, { chosen, quantized });
    },
    limit: 0.3,
    meaning:
      'weights in 4 bits with a scale for each 32 of them, activations rounded to 8 bits row by row; onnxruntime’s own operator (MatMulNBits)',
  },
} as const satisfies Readonly<Record<string, Rounding>>;

/** The name of a way. */
export type RoundingName = keyof typeof roundings;

/** What weights may be kept as; float32 is as they were trained. */
export const precisions = ['float32', ...(Object.keys(roundings) as RoundingName[])] as const;

/** The name of a precision. */
export type Precision = (typeof precisions)[number];

/** The name of a program's file at a precision: sampler-1.onnx, sampler-1.int8.onnx. */
export const fileAt = (file: string, precision: Precision): string =>
  precision === 'float32' ? file : file.replace(/\.onnx/, `.${precision}.onnx`);

/** The precision that a file's name tells, and the name that the file has in float32. */
export function precisionOf(file: string): { readonly precision: Precision; readonly file: string } {
  const precision = precisions.find((name) => name !== 'float32' && file.includes(`.${name}.onnx`)) ?? 'float32';
  return { precision, file: precision === 'float32' ? file : file.replace(`.${precision}.onnx`, '.onnx') };
}
