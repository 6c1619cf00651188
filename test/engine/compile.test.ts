import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile, traceToOnnx } from '../../src/engine/compile.ts';
import { cpuEngine, type TensorFunction } from '../../src/engine/graph/program.ts';
import { GraphError } from '../../src/ground/errors.ts';
import { filled } from './graph/agreement.ts';

const layer: TensorFunction = ({ x, weight, bias }) => ({
  y: tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias as tf.Tensor),
});
const specs = { x: { shape: ['batch', 4] } } as const;
const constants = { weight: filled([4, 5], 1), bias: filled([5], 2) };

test('large constants stay where they are: the results are the same, and new numbers there are seen', async () => {
  const inside = await compile(layer, specs, { engine: cpuEngine(), constants });
  const around = await compile(layer, specs, { engine: cpuEngine(), constants, large: 1 });
  expect([around.inputs, around.outputs]).toEqual([inside.inputs, inside.outputs]);
  for (const rows of [1, 7]) {
    const x = filled([rows, 4], 3);
    expect(await around.run({ x })).toEqual(await inside.run({ x }));
  }
  const zero = { x: { shape: [1, 4], data: new Float32Array(4) } };
  constants.bias.data.fill(9);
  expect([...((await around.run(zero)).y?.data ?? [])]).toEqual([9, 9, 9, 9, 9]);
  expect([...((await inside.run(zero)).y?.data ?? [])]).toEqual([...filled([5], 2).data]);
  await inside.dispose();
  await around.dispose();
});

test.each([
  ['inside', { engine: cpuEngine(), constants }],
  ['large', { engine: cpuEngine(), constants, large: 1 }],
  ['eager', { engine: { kind: 'tfjs', provider: 'cpu', threads: 1 }, constants }],
] as const)('a constant and an input of one name are refused: %s', async (_, options) => {
  await expect(compile(layer, { ...specs, bias: { shape: [5] } }, options)).rejects.toThrow(
    new GraphError("constant 'bias': expected a name that no input has, got an input of the same name"),
  );
});

test('a constant and an input of one name are refused in an ONNX file, too', () => {
  expect(() => traceToOnnx(layer, { ...specs, bias: { shape: [5] } }, { constants, standardOnly: true })).toThrow(
    new GraphError("constant 'bias': expected a name that no input has, got an input of the same name"),
  );
});

test('large products with constants in int8 are near those in float32, row for row; small ones and other products are the same', async () => {
  const [wide, narrow] = [filled([128, 160], 5), filled([160, 4], 6)];
  const function_: TensorFunction = ({ x, first, second }) => {
    const hidden = tf.matMul(x as tf.Tensor2D, first as tf.Tensor2D);
    return { hidden, y: tf.matMul(x as tf.Tensor2D, tf.slice(second as tf.Tensor2D, [0, 0], [128, 4])) };
  };
  const inputs = { x: { shape: ['batch', 128] } } as const;
  const given = { engine: cpuEngine(), constants: { first: wide, second: narrow } };
  const exact = await compile(function_, inputs, given);
  const quick = await compile(function_, inputs, { ...given, precision: 'int8', large: 1 });
  const x = filled([9, 128], 7);
  const [expected, found] = [await exact.run({ x }), await quick.run({ x })];
  expect(found.y).toEqual(expected.y);
  const [a, b] = [expected.hidden?.data ?? [], found.hidden?.data ?? []];
  const scale = Math.max(...Array.from(a, Math.abs));
  const error = Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN)))) / scale;
  expect(error).toBeGreaterThan(1e-5);
  expect(error).toBeLessThan(0.02);
  await exact.dispose();
  await quick.dispose();
});
