import type { Dimension, TensorSpec } from '../../../src/engine/graph/program.ts';
import type { OnnxGraph } from '../../../src/engine/onnx-graph/graph.ts';
import { tensorType } from '../../../src/engine/onnx-graph/onnx-function.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { quoted } from '../../../src/ground/file/quoted.ts';

/**
 * The types of a graph's inputs for `compile`, with a size, or `'batch'`, for each symbolic dimension by its name in the
 * file. Throws DataError for a name that has none.
 */
export function inputSpecs(
  { path, inputs }: OnnxGraph,
  sizes: Readonly<Record<string, Dimension>>,
): Record<string, TensorSpec> {
  const sizeOf = (input: string, dimension: number | string): Dimension => {
    const size = typeof dimension === 'number' ? dimension : sizes[dimension];
    if (size === undefined)
      throw new DataError(`${path}: input ${quoted(input, 200)}: expected a size for ${quoted(String(dimension))}`);
    return size;
  };
  return Object.fromEntries(
    inputs.map(({ name, elementType, dimensions }) => [
      name,
      { shape: dimensions.map((dimension) => sizeOf(name, dimension)), dtype: tensorType(elementType) },
    ]),
  );
}
