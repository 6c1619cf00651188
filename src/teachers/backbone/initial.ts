import { type Parameters, sizeOf } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { type BackboneConfig, backboneShapes } from './config.ts';

/**
 * A fresh backbone: weights N(0, 1/fan-in), those that end a residual branch smaller by √(2·depth) (GPT-2), gains one,
 * biases zero.
 */
export function initialBackbone(config: BackboneConfig, seed: number): Parameters {
  const residual = 1 / Math.sqrt(2 * config.depth);
  return Object.fromEntries(
    Object.entries(backboneShapes(config)).map(([name, shape]) => [
      name,
      { shape, data: initialTensor(name, shape, seed, residual) },
    ]),
  );
}

function initialTensor(name: string, shape: readonly number[], seed: number, residual: number): Float32Array {
  const size = sizeOf(shape);
  if (name.endsWith('norm.weight')) return new Float32Array(size).fill(1);
  if (name.endsWith('.bias')) return new Float32Array(size);
  const [, from = 1] = shape;
  const scale = (/_out\.weight$/.test(name) ? residual : 1) / Math.sqrt(from);
  return stream('backbone', seed, name)
    .normal(size)
    .map((value) => scale * value);
}
