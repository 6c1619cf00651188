import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { traceGraph, traceToOnnx } from '../../../src/engine/compile.ts';
import { compileEager } from '../../../src/engine/graph/eager.ts';
import { nodesOf } from '../../../src/engine/graph/graph.ts';
import { optimize } from '../../../src/engine/graph/optimize.ts';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { openSession } from '../../../src/engine/onnx/session.ts';
import { expectClose, filled } from './agreement.ts';
import { print } from './print.ts';

const size = 6;
const specs = { x: { shape: ['batch', size] }, c: { shape: ['batch', size] } } as const;
const constants = Object.fromEntries(
  ['v', 'w', 'b'].map((name, i) => [name, filled(name === 'b' ? [size] : [size, size], i, -0.5, 0.5)]),
);
const layer = (x: tf.Tensor, w: tf.Tensor | undefined, b: tf.Tensor | undefined): tf.Tensor =>
  tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b as tf.Tensor));

/** The operations of a function's export, and its results against eager evaluation at two batch sizes. */
async function exported(fn: TensorFunction): Promise<string[]> {
  const eager = await compileEager(fn, specs, ['y'], 'cpu', constants);
  const session = await openSession(
    traceToOnnx(fn, specs, { constants, standardOnly: true }),
    { inputs: specs, outputs: ['y'] },
    cpuEngine(),
  );
  for (const batch of [1, 5]) {
    const feeds = { x: filled([batch, size], 8), c: filled([batch, size], 9) };
    expectClose((await session.run(feeds)).y, (await eager.run(feeds)).y, 1e-6);
  }
  await session.dispose();
  await eager.dispose();
  return nodesOf(optimize(traceGraph(fn, specs, constants), 'export')).map(({ operation }) => operation);
}

const count = (operations: readonly string[], name: string): number =>
  operations.filter((operation) => operation === name).length;

test('products of several inputs by one matrix are one product, of all rows', async () => {
  const operations = await exported(({ x, c, w, b }) => ({
    y: tf.add(tf.mul(layer(x as tf.Tensor, w, b), 2), layer(tf.exp(c as tf.Tensor), w, b)),
  }));
  expect(operations.filter((name) => /Gemm|Concat|Split/.test(name))).toEqual(['Concat', 'Gemm', 'Split']);
});

test('products that are made of one another stay in their order', async () => {
  const operations = await exported(({ x, w, b }) => ({ y: layer(layer(x as tf.Tensor, w, b), w, b) }));
  expect([count(operations, 'Gemm'), count(operations, 'Concat')]).toEqual([2, 0]);
});

test('two products that wait for each other’s results crosswise are not both merged', async () => {
  const operations = await exported(({ x, c, v, w, b }) => ({
    y: tf.add(layer(layer(x as tf.Tensor, v, b), w, b), layer(layer(c as tf.Tensor, w, b), v, b)),
  }));
  expect(count(operations, 'Gemm')).toBe(3);
});

test('products with other addends are not one', async () => {
  const operations = await exported(({ x, c, w, b, v }) => ({
    y: tf.add(
      layer(x as tf.Tensor, w, b),
      layer(c as tf.Tensor, w, tf.squeeze(tf.slice(v as tf.Tensor2D, [0, 0], [1, size]))),
    ),
  }));
  expect(count(operations, 'Gemm')).toBe(2);
});

test('what is the same for all rows is computed before the program runs', async () => {
  const fn: TensorFunction = ({ x, v, w, b }) => {
    const time = tf.fill([(x as tf.Tensor).shape[0] ?? 1], 0.25);
    const angles = tf.mul(tf.expandDims(time, 1), tf.tensor2d([[1, 2, 3]]));
    const embedded = layer(tf.concat([tf.cos(angles), tf.sin(angles)], 1), v, b);
    return { y: tf.add(layer(embedded, w, b), x as tf.Tensor) };
  };
  expect(await exported(fn)).toEqual(['Add']);
  for (const target of ['cpu', 'accelerator'] as const)
    expect(print(optimize(traceGraph(fn, specs, constants), target))).not.toContain('Gemm');
});
