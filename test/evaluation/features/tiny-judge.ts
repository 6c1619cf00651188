/** A tiny feature network as ONNX, and its arithmetic in plain numbers. */
import { floats, type GraphInit, model, node, port, tensorProto, written } from '../../engine/onnx-graph/model.ts';

/** Filters of the convolution [4, 3, 2, 2] and a matrix [4, 2] behind it: two whole features. */
const filters = Array.from({ length: 48 }, (_, i) => Math.sin(1.7 * i) / 2);
const matrix = [0.5, -1, 0.25, 2, -0.75, 1, 1.5, 0.125];

/** Sides of its images. */
export const side = 6;

/** Inputs x [N, 3, 6, 6]; outputs `places` [N, 4, 5, 5] of a convolution, `pooled` [N, 4], `features` [N, 2]. */
export const judgeGraph = (batch: number | string = 'batch'): GraphInit => ({
  node: [
    node('Conv', ['x', 'filters'], ['conv']),
    node('Relu', ['conv'], ['places']),
    node('GlobalAveragePool', ['places'], ['means']),
    node('Flatten', ['means'], ['pooled']),
    node('MatMul', ['pooled', 'matrix'], ['features']),
  ],
  input: [port('x', [batch, 3, side, side])],
  output: [port('places', [batch, 4, 5, 5]), port('pooled', [batch, 4]), port('features', [batch, 2])],
  initializer: [
    tensorProto('filters', floats([4, 3, 2, 2], ...filters)),
    tensorProto('matrix', floats([4, 2], ...matrix)),
  ],
});

/** The path of its file. */
export const tinyJudge = (batch: number | string = 'batch', name = 'Tiny judge.onnx'): Promise<string> =>
  written(model(judgeGraph(batch)), name);

/** The means over places of an image [3, 6, 6], and the features of these. */
export function tinyFeatures(image: readonly number[]): { readonly pooled: number[]; readonly features: number[] } {
  const pixel = (channel: number, y: number, x: number): number => image[(channel * side + y) * side + x] ?? Number.NaN;
  const pooled = [0, 1, 2, 3].map((out) => {
    let sum = 0;
    for (let y = 0; y < side - 1; y++)
      for (let x = 0; x < side - 1; x++) {
        let value = 0;
        for (let i = 0; i < 12; i++) {
          const [channel, down, right] = [Math.floor(i / 4), Math.floor((i % 4) / 2), i % 2];
          value += (filters[out * 12 + i] ?? Number.NaN) * pixel(channel, y + down, x + right);
        }
        sum += Math.max(0, value);
      }
    return sum / (side - 1) ** 2;
  });
  const features = [0, 1].map((k) => pooled.reduce((sum, value, i) => sum + value * (matrix[2 * i + k] ?? 0), 0));
  return { pooled, features };
}
