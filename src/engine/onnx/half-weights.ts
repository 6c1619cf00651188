/**
 * Weights of products kept as float16 and widened where they are read, so that a file has half its size and every product is
 * of float32: onnxruntime widens them once, when it loads the program. Its CPU has no products of float16 that are faster.
 */
import { toFloat16 } from '../../ground/file/half.ts';
import type { OnnxProgram } from './lower-graph.ts';
import { int } from './lowering.ts';
import { type ProductWeight, replaceProducts } from './replace-products.ts';

/** The largest number of float16. */
const LARGEST = 65504;
const FLOAT = 1;

/** How weights are halved. */
export interface HalveOptions {
  /** Which products; all with a constant matrix on the right unless given. */
  readonly chosen?: (weight: ProductWeight) => boolean;
  /** Rounds a weight; kept by the caller where programs share weights. */
  readonly halved?: (data: Float32Array) => Uint16Array;
}

/** The program with the weights of its chosen products in float16; those with numbers beyond its range stay as they are. */
export function halveWeights(
  program: OnnxProgram,
  { chosen = () => true, halved = toHalf }: HalveOptions = {},
): OnnxProgram {
  return replaceProducts(program, chosen, (node, { weight }, add) => {
    const data = weight.data as Float32Array;
    if (data.some((value) => Math.abs(value) > LARGEST)) return add.node(node);
    const wide = add.once(`${weight.name}_float32`, (name) => {
      const [half = ''] = add.weight(`${weight.name}_float16`, () => [{ shape: weight.shape, data: halved(data) }]);
      return [{ type: 'Cast', inputs: [half], outputs: [name], attributes: { to: int(FLOAT) } }];
    });
    const [left = '', , ...others] = node.inputs;
    add.node({ ...node, inputs: [left, wide, ...others] });
  });
}

/** The words of float16 nearest to numbers. */
export const toHalf = (data: Float32Array): Uint16Array => {
  const words = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) words[i] = toFloat16(data[i] ?? Number.NaN);
  return words;
};
