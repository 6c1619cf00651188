import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { traceToLowered } from '../../../src/engine/compile.ts';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { encodeLowered } from '../../../src/engine/onnx/encode.ts';
import type { LoweredGraph } from '../../../src/engine/onnx/lower-graph.ts';
import { type QuantizeOptions, quantizeColumns, quantizeProducts } from '../../../src/engine/onnx/quantize.ts';
import { openSession } from '../../../src/engine/onnx/session.ts';
import { filled } from '../graph/agreement.ts';

/** Two products by the same weight, one of them with an addend, and one by a weight that lies transposed. */
const layers: TensorFunction = ({ x, w, v, b }) => {
  const hidden = tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, v as tf.Tensor2D, false, true), b as tf.Tensor));
  const once = tf.matMul(hidden as tf.Tensor2D, w as tf.Tensor2D);
  return { y: tf.matMul(tf.tanh(once) as tf.Tensor2D, w as tf.Tensor2D), h: hidden };
};
const [inner, wide] = [24, 40] as const;
const weights = { w: filled([wide, wide], 1), v: filled([wide, inner], 2), b: filled([wide], 3) };
const constants = Object.fromEntries(
  Object.entries(weights).map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]),
);
const specs = { x: { shape: ['batch', inner] } } as const;
const lowered = traceToLowered(layers, specs, { constants, standardOnly: true });
const quantized = (options: QuantizeOptions): LoweredGraph => ({ ...lowered, ...quantizeProducts(lowered, options) });
const typesOf = ({ nodes }: LoweredGraph): string[] => nodes.map(({ type }) => type);

async function results(program: LoweredGraph, batch: number): Promise<Float32Array> {
  const session = await openSession(encodeLowered(program), { inputs: specs, outputs: ['y', 'h'] }, cpuEngine());
  const { y } = await session.run({ x: filled([batch, inner], 4) });
  await session.dispose();
  return y?.data as Float32Array;
}

const relative = (found: Float32Array, right: Float32Array): number => {
  const squares = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(squares(found.map((value, i) => value - (right[i] ?? 0))) / squares(right));
};

test('a column is rounded by its own largest value, whichever way it lies', () => {
  const matrix = Float32Array.of(1, 0, -4, 0.5, 0, 127); // [2, 3]
  const lying = Float32Array.of(1, 0.5, 0, 0, -4, 127); // the same, [3, 2]
  const expected = { values: Int8Array.of(127, 0, -4, 64, 0, 127), scales: Float32Array.of(1 / 127, 1, 1) };
  expect(quantizeColumns(matrix, 2, 3)).toEqual(expected);
  expect(quantizeColumns(lying, 2, 3, true)).toEqual(expected);
});

test('every form gives what float32 gives, to the rounding of int8', async () => {
  for (const batch of [1, 7]) {
    const right = await results(lowered, batch);
    const standard = await results(quantized({ form: 'standard' }), batch);
    const difference = relative(standard, right);
    expect(difference).toBeLessThan(0.04);
    expect(difference).toBeGreaterThan(1e-5);
    expect(relative(await results(quantized({ form: 'vendor' }), batch), standard)).toBeLessThan(1e-5);
  }
});

test('the standard form has standard operators only, one quantised copy of a weight, and none of float32', () => {
  const program = quantized({ form: 'standard' });
  expect(program.nodes.every(({ domain }) => domain === undefined)).toBe(true);
  expect(typesOf(program).filter((type) => /Gemm|MatMul|Linear/.test(type))).toEqual([
    ...['DynamicQuantizeLinear', 'MatMulInteger', 'DynamicQuantizeLinear', 'MatMulInteger'],
    ...['DynamicQuantizeLinear', 'MatMulInteger'],
  ]);
  const matrices = program.constants.filter(({ shape }) => shape.length === 2);
  expect(matrices.map(({ name, shape, data }) => [name, shape, data.constructor.name])).toEqual([
    ['v_int8_transposed', [inner, wide], 'Int8Array'],
    ['w_int8', [wide, wide], 'Int8Array'],
  ]);
});

test('the vendor form keeps an addend in its product', () => {
  const program = quantized({ form: 'vendor' });
  expect(typesOf(program)).toEqual([
    'DynamicQuantizeMatMul',
    'Tanh',
    'DynamicQuantizeMatMul',
    'Tanh',
    'DynamicQuantizeMatMul',
  ]);
  expect(program.nodes[0]?.inputs).toEqual(['x', 'v_int8_transposed', 'v_int8_transposed_1', '', 'b']);
});

test('a product that is not chosen stays as it was, with its weight', () => {
  const program = quantized({ form: 'standard', chosen: ({ rows, columns }) => rows === wide && columns === wide });
  expect(typesOf(program).slice(0, 2)).toEqual(['Gemm', 'Tanh']);
  expect(program.constants.find(({ name }) => name === 'v')?.data).toBe(constants.v?.data);
  expect(quantized({ form: 'standard', chosen: () => false })).toEqual(lowered);
});
