import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { type HeadConfig, headShapes } from './config.ts';

/**
 * A fresh head as MAR's code starts one: linear weights uniform Xavier, time embedding N(0, 0.02²), modulations and
 * output zero, so that it predicts 0 at first.
 */
export function initialHead(config: HeadConfig, seed: number): Parameters {
  return initialParameters(headShapes(config), seed);
}

/** The same rules for any tensors of the skeleton's kind, by name. */
export function initialParameters(shapes: Readonly<Record<string, readonly number[]>>, seed: number): Parameters {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      { shape: [...shape], data: initialTensor(name, shape, seed) },
    ]),
  );
}

function initialTensor(name: string, shape: readonly number[], seed: number): Float32Array {
  const size = sizeOf(shape);
  if (/\b(in_ln|norm)\.weight$|\.alpha$/.test(name)) return new Float32Array(size).fill(1);
  if (name.endsWith('.bias') || /adaLN_modulation|ada_ln_blocks|final_layer/.test(name)) return new Float32Array(size);
  const numbers = stream('initial', seed, name);
  if (/_embed(\.\d)?\.mlp|t_embedder/.test(name)) return numbers.normal(size).map((value) => 0.02 * value);
  const [to = 1, from = 1] = shape;
  const limit = Math.sqrt(6 / (to + from));
  return numbers.uniform(size).map((value) => limit * (2 * value - 1));
}

/** A tensor of zeros. */
export const zeros = (shape: readonly number[]): HostTensor<Float32Array> => ({
  shape: [...shape],
  data: new Float32Array(sizeOf(shape)),
});
