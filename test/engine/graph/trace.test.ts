import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile, traceGraph } from '../../../src/engine/compile.ts';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { GraphError } from '../../../src/ground/errors.ts';
import { expectAgreement, filled } from './agreement.ts';

const specs = { x: { shape: [2, 3] } } as const;
const traced = (f: (x: tf.Tensor) => tf.Tensor) => traceGraph(({ x }) => ({ y: f(x as tf.Tensor) }), specs);

test('a kernel without an ONNX form is an error that names it and the function', () => {
  expect(() => traced((x) => tf.cumsum(x))).toThrow(GraphError);
  expect(() => traced((x) => tf.cumsum(x))).toThrow('the tfjs kernel Cumsum (tf.cumsum) cannot be traced');
  expect(() => traced((x) => tf.reverse(x))).toThrow('the tfjs kernel Reverse (tf.reverse) cannot be traced');
});

test('reading values while tracing is an error', () => {
  expect(() => traced((x) => tf.scalar(x.dataSync()[0] ?? 0))).toThrow('must not read the values');
});

test('values of constants can be read', async () => {
  await expectAgreement(({ x }) => ({ y: tf.mul(x as tf.Tensor, tf.tensor([1, 2, 3]).dataSync()[1] ?? 0) }), {
    x: filled([2, 3], 1),
  });
});

test('a dtype that ONNX programs do not have here is an error', () => {
  expect(() => traced((x) => tf.add(x, tf.cast(tf.complex(1, 0), 'float32')))).toThrow(GraphError);
});

test('tensors made before tracing, on another backend, become constants and stay usable', async () => {
  await tf.setBackend('cpu');
  const table = tf.tensor([[1, 2, 3]]);
  const fn: TensorFunction = ({ x }) => ({ y: tf.mul(x as tf.Tensor, table) });
  await expectAgreement(fn, { x: filled([2, 3], 1) });
  expect([...table.dataSync()]).toEqual([1, 2, 3]);
  table.dispose();
});

test('tracing leaves no tensors behind and the backend as it was, also after an error', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory();
  const program = await compile(
    ({ x }) => {
      const { grads } = tf
        .grads((a) => tf.sum(tf.softmax(a as tf.Tensor)))([x as tf.Tensor])
        .reduce<{ grads: tf.Tensor[] }>((all, g) => ({ grads: [...all.grads, g] }), { grads: [] });
      return { dx: grads[0] as tf.Tensor };
    },
    specs,
    { engine: cpuEngine() },
  );
  await program.dispose();
  expect(() => traced((x) => tf.cumsum(tf.exp(x)))).toThrow();
  expect(tf.getBackend()).toBe('cpu');
  expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([before.numTensors, before.numBytes]);
});
