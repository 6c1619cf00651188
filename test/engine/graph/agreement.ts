import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { cpuEngine, type Engine, type TensorFunction, type TensorSpec } from '../../../src/engine/graph/program.ts';
import { type HostTensor, sizeOf } from '../../../src/ground/host-tensor.ts';

/** The reference engine: tfjs's own cpu kernels. */
export const eagerEngine: Engine = { kind: 'tfjs', provider: 'cpu', threads: 1 };

/** Deterministic numbers in [low, high), by a linear congruential generator. */
export function numbers(count: number, seed: number, low = -2, high = 2): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
}

/** A float32 tensor of deterministic numbers. */
export const filled = (shape: readonly number[], seed: number, low = -2, high = 2): HostTensor<Float32Array> => ({
  shape,
  data: numbers(sizeOf(shape), seed, low, high),
});

type Feeds = Readonly<Record<string, HostTensor>>;
type Results = Readonly<Record<string, HostTensor>>;

const specOf = ({ data, shape }: HostTensor): TensorSpec => ({
  shape,
  dtype: data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool',
});

/** Compiles a function for feeds of these shapes, runs it once and frees it. */
export async function runOnce(fn: TensorFunction, feeds: Feeds, engine: Engine): Promise<Results> {
  const specs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, specOf(feed)]));
  const program = await compile(fn, specs, { engine });
  const results = await program.run(feeds);
  await program.dispose();
  return results;
}

/** Expects equal shapes and dtypes, and elements within relative-or-absolute tolerance. */
export function expectClose(actual: HostTensor | undefined, expected: HostTensor | undefined, tolerance: number): void {
  expect(actual?.shape).toEqual(expected?.shape);
  expect(actual?.data.constructor).toBe(expected?.data.constructor);
  for (const [index, value] of expected?.data.entries() ?? []) {
    const got = actual?.data[index] ?? Number.NaN;
    if (Object.is(got, value)) continue;
    if (!(Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value)))) {
      expect.fail(`element ${index}: expected ${value}, got ${got}`);
    }
  }
}

/** Expects the traced function to give what tfjs's cpu kernels give. */
export async function expectAgreement(fn: TensorFunction, feeds: Feeds, tolerance = 1e-5): Promise<void> {
  const [traced, eager] = [await runOnce(fn, feeds, cpuEngine()), await runOnce(fn, feeds, eagerEngine)];
  expect(Object.keys(traced)).toEqual(Object.keys(eager));
  for (const name of Object.keys(eager)) expectClose(traced[name], eager[name], tolerance);
}

/** Σ weightᵢ·yᵢ with fixed weights: a scalar whose gradient sees every element of y. */
function weighted(y: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(y, tf.tensor(numbers(y.size, 99, 0.5, 1.5), y.shape)));
}

/** Expects traced gradients of Σ w·f to match central differences of the eager function, in every float32 feed. */
export async function expectGradients(fn: TensorFunction, feeds: Feeds, tolerance = 1e-2, step = 1e-2): Promise<void> {
  const wanted = Object.keys(feeds).filter((name) => feeds[name]?.data instanceof Float32Array);
  const total: TensorFunction = (inputs) => ({
    total: Object.values(fn(inputs))
      .filter(({ dtype }) => dtype === 'float32')
      .map(weighted)
      .reduce((a, b) => tf.add(a, b)),
  });
  const gradients: TensorFunction = (inputs) => {
    const xs = wanted.map((name) => inputs[name] as tf.Tensor);
    const { grads } = tf.engine().gradients(() => total(inputs).total as tf.Tensor, xs, undefined, true);
    return Object.fromEntries(wanted.map((name, i) => [name, grads[i] ?? tf.zerosLike(xs[i] as tf.Tensor)]));
  };
  const traced = await runOnce(gradients, feeds, cpuEngine());
  const specs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, specOf(feed)]));
  const program = await compile(total, specs, { engine: eagerEngine });
  const valueWith = async (name: string, index: number, delta: number): Promise<number> => {
    const feed = feeds[name] as HostTensor;
    const data = feed.data.slice();
    data[index] = (data[index] ?? 0) + delta;
    return (await program.run({ ...feeds, [name]: { shape: feed.shape, data } })).total?.data[0] ?? Number.NaN;
  };
  for (const name of wanted) {
    const feed = feeds[name] as HostTensor<Float32Array>;
    const slopes = new Float32Array(feed.data.length);
    for (const index of slopes.keys()) {
      slopes[index] = ((await valueWith(name, index, step)) - (await valueWith(name, index, -step))) / (2 * step);
    }
    expectClose(traced[name], { shape: feed.shape, data: slopes }, tolerance);
  }
  await program.dispose();
}
