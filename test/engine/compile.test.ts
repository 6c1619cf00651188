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
