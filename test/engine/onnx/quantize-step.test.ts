import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { traceGraph } from '../../../src/engine/compile.ts';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { optimize } from '../../../src/engine/graph/optimize.ts';
import { cpuEngine, type NamedTensors, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { encodeLowered } from '../../../src/engine/onnx/encode.ts';
import { type LoweredGraph, lowerGraph } from '../../../src/engine/onnx/lower-graph.ts';
import { quantizeStep } from '../../../src/engine/onnx/quantize-step.ts';
import { openSession } from '../../../src/engine/onnx/session.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { filled } from '../graph/agreement.ts';

const [rows, inner, wide] = [48, 24, 40] as const;

/** Two layers that are learnt, one with a row added, the other with a matrix, against a layer that is not. */
const step: TensorFunction = (inputs) => {
  const { x, z, w, v, b, shift, frozen } = inputs as Record<string, tf.Tensor2D>;
  const matrix = (tensor: tf.Tensor | undefined): tf.Tensor2D => tensor as tf.Tensor2D;
  const loss = ({ w, v, b }: NamedTensors) => {
    const hidden = tf.tanh(tf.add(tf.matMul(matrix(x), matrix(w), false, true), b as tf.Tensor));
    const out = tf.add(tf.matMul(matrix(hidden), matrix(v), false, true), matrix(shift));
    return { loss: tf.mean(tf.squaredDifference(out, tf.matMul(matrix(z), matrix(frozen)))) };
  };
  const { values, gradients } = valueAndGradients(loss, { w, v, b } as NamedTensors);
  return { ...values, ...Object.fromEntries(Object.entries(gradients).map(([name, value]) => [`d.${name}`, value])) };
};
const specs = {
  x: { shape: [rows, inner] },
  z: { shape: [rows, inner] },
  w: { shape: [wide, inner] },
  v: { shape: [wide, wide] },
  b: { shape: [wide] },
  shift: { shape: [rows, wide] },
  frozen: { shape: [inner, wide] },
} as const;
const feeds: Record<string, HostTensor> = Object.fromEntries(
  Object.entries(specs).map(([name, { shape }], seed) => [name, filled([...shape], seed + 1)]),
);
const outputs = ['loss', 'd.w', 'd.v', 'd.b'] as const;
const lowered = lowerGraph(optimize(traceGraph(step, specs), 'cpu'), { opset: 21, vendor: true, inPlace: false });
const learnt = (name: string): boolean => name === 'w' || name === 'v';
const quantized = quantizeStep(lowered, learnt, 1);

async function results(program: LoweredGraph, given = feeds): Promise<Record<string, HostTensor>> {
  const session = await openSession(encodeLowered(program), { inputs: specs, outputs }, cpuEngine());
  const found = await session.run(given);
  await session.dispose();
  return found;
}

const norm = (values: Iterable<number>): number => Math.hypot(...values);
const relative = (found: HostTensor | undefined, right: HostTensor | undefined): number => {
  const [a, b] = [Float64Array.from(found?.data ?? []), Float64Array.from(right?.data ?? [])];
  return norm(a.map((value, i) => value - (b[i] ?? 0))) / norm(b);
};
const countOf = ({ nodes }: LoweredGraph, type: string): number => nodes.filter((node) => node.type === type).length;

test('the loss and all gradients are those of float32, to the rounding of int8', async () => {
  const [exact, found] = [await results(lowered), await results(quantized)];
  for (const name of outputs) {
    expect(relative(found[name], exact[name]), name).toBeLessThan(0.04);
    expect(relative(found[name], exact[name]), name).toBeGreaterThan(1e-6);
  }
});

test('products with learnt weights, and those that make their gradients, are in int8, no matrix quantised twice on a side', () => {
  const floats = quantized.nodes.filter(({ type }) => /^(MatMul|Gemm|FusedMatMul)$/.test(type));
  expect(floats.map(({ inputs }) => inputs[1])).toEqual(['frozen']);
  expect(countOf(quantized, 'MatMulIntegerToFloat')).toBe(
    lowered.nodes.filter(({ type }) => /^(MatMul|Gemm|FusedMatMul)$/.test(type)).length - 1,
  );
  for (const type of ['DynamicQuantizeLinear', 'QuantizeLinear']) {
    const read = quantized.nodes.flatMap((node) => (node.type === type ? [node.inputs[0]] : []));
    expect(read.length).toBeGreaterThan(1);
    expect(new Set(read).size).toBe(read.length);
  }
});

test('a matrix whose numbers are all below zero is rounded by the lowest', async () => {
  const below = (name: string): HostTensor => {
    const { shape, data } = feeds[name] as HostTensor;
    return { shape, data: Float32Array.from(data, (value) => -Math.abs(value)) };
  };
  const given = { ...feeds, v: below('v') };
  const [exact, found] = [await results(lowered, given), await results(quantized, given)];
  for (const name of ['loss', 'd.w', 'd.v'] as const)
    expect(relative(found[name], exact[name]), name).toBeLessThan(0.05);
});

test('products below the least stay in float32', () => {
  const { nodes } = quantizeStep(lowered, learnt);
  expect(nodes).toEqual(lowered.nodes);
  const some = quantizeStep(lowered, learnt, rows * wide * wide);
  expect(countOf(some, 'MatMulIntegerToFloat')).toBe(3); // forward, and both gradients, of the square one
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d in an activation is not lost by rounding', async (bad) => {
  const { shape, data } = feeds.x as HostTensor;
  for (const place of [0, 3, data.length - 1]) {
    const broken = { shape, data: Float32Array.from(data, (value, i) => (i === place ? bad : value)) };
    const found = await results(quantized, { ...feeds, x: broken });
    expect(Number.isFinite(norm(found['d.w']?.data ?? []))).toBe(false);
  }
});

test('a matrix of zeros gives zeros', async () => {
  const zero = { shape: [rows, inner], data: new Float32Array(rows * inner) };
  const found = await results(quantized, { ...feeds, x: zero });
  expect(norm(found['d.w']?.data ?? [1])).toBe(0);
  expect(Number.isFinite(found.loss?.data[0])).toBe(true);
});
