/** Weights and inputs of both sides: random, of the scale that trained ones have. */
import type { TensorSpec } from '../../src/engine/graph/program.ts';
import { writeSafetensors } from '../../src/ground/file/safetensors.ts';
import { type HostTensor, type Parameters, sizeOf } from '../../src/ground/host-tensor.ts';
import { stream } from '../../src/ground/random/philox.ts';

/** Weights of a head: layers keep the size of what passes, gains are near 1. */
export const randomWeights = (shapes: Readonly<Record<string, readonly number[]>>): Parameters =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const gain = name.endsWith('in_ln.weight') ? 1 : 0;
      const scale = shape.length === 2 ? 1 / Math.sqrt(shape[1] ?? 1) : 0.1;
      const data = stream('peers', name).normal(sizeOf(shape));
      return [name, { shape, data: data.map((value) => gain + scale * value) }];
    }),
  );

/** Inputs: one number an entry is between 0 and 1 (a time, and 1 to 2 for a guidance scale), others are normal. */
export const randomInputs = (
  specs: Readonly<Record<string, TensorSpec>>,
  batch = 1,
): Record<string, HostTensor<Float32Array>> =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const shape = spec.shape.map((size) => (size === 'batch' ? batch : size));
      const random = stream('peers', 'input', name);
      const least = name === 'w' || name === 'guidance' ? 1 : 0;
      const data =
        shape.length === 1 ? random.uniform(sizeOf(shape)).map((value) => least + value) : random.normal(sizeOf(shape));
      return [name, { shape, data }];
    }),
  );

/** Writes what the other side opens. */
export const writeInputs = (
  file: string,
  weights: Parameters,
  inputs: Readonly<Record<string, HostTensor>>,
): Promise<unknown> => {
  const named = (prefix: string, tensors: Readonly<Record<string, HostTensor>>) =>
    Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]);
  return writeSafetensors(file, Object.fromEntries([...named('weight/', weights), ...named('input/', inputs)]));
};
