import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile, traceGraph } from '../../../src/engine/compile.ts';
import { compileAhead } from '../../../src/engine/compile-ahead.ts';
import { nodesOf } from '../../../src/engine/graph/graph.ts';
import { simplify } from '../../../src/engine/graph/optimize.ts';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { printShape } from '../../../src/engine/graph/size.ts';
import { expectClose, filled } from './agreement.ts';

const constants = { v: filled([6, 5], 1), u: filled([5, 5], 2), b: filled([5], 3) };
const specs = { x: { shape: ['batch', 5] }, t: { shape: [1] } } as const;

/** The shapes of a function's products. */
const products = (fn: TensorFunction): string[] =>
  nodesOf(simplify(traceGraph(fn, specs, constants))).flatMap(({ operation, outputs: [output] }) =>
    operation === 'MatMul' || operation === 'Gemm' ? printShape(output?.shape ?? []) : [],
  );

const everyRow = (t: tf.Tensor | undefined, x: tf.Tensor | undefined): tf.Tensor =>
  tf.mul(tf.ones([x?.shape[0] ?? 1]), t as tf.Tensor);

const features = (time: tf.Tensor): tf.Tensor2D => {
  const angles = tf.mul(tf.reshape(time, [-1, 1]), tf.tensor2d([[1, 2, 3]]));
  return tf.concat([tf.cos(angles), tf.sin(angles)], 1) as tf.Tensor2D;
};

describe('what a time that all rows share becomes', () => {
  test('is computed for one row, through layers, until it meets what rows differ in', () => {
    const fn: TensorFunction = ({ x, t, v, u, b }) => {
      const hidden = tf.tanh(tf.add(tf.matMul(features(everyRow(t, x)), v as tf.Tensor2D), b as tf.Tensor));
      const embedded = tf.matMul(hidden as tf.Tensor2D, u as tf.Tensor2D);
      return { y: tf.matMul(tf.add(embedded, x as tf.Tensor) as tf.Tensor2D, u as tf.Tensor2D) };
    };
    expect(products(fn)).toEqual(['[1, 5]', '[1, 5]', '[batch, 5]']);
  });
  test('is computed once for two that ask with frequencies of the same numbers', () => {
    const fn: TensorFunction = ({ x, t, v }) => {
      const [one, two] = [features(everyRow(t, x)), features(everyRow(t, x))];
      const product = (left: tf.Tensor2D): tf.Tensor => tf.matMul(left, v as tf.Tensor2D);
      return { y: tf.add(tf.mul(product(one), x as tf.Tensor), product(two)) };
    };
    expect(products(fn)).toEqual(['[1, 5]']);
  });
  test('is computed for every row where times are given by rows', () => {
    const fn: TensorFunction = ({ x, v }) => ({
      y: tf.matMul(features(tf.squeeze(tf.slice(x as tf.Tensor2D, [0, 0], [-1, 1]), [1])), v as tf.Tensor2D),
    });
    expect(products(fn)).toEqual(['[batch, 5]']);
  });
});

describe('what is no row is left alone', () => {
  const rows = (t: tf.Tensor | undefined, x: tf.Tensor | undefined): tf.Tensor2D =>
    features(everyRow(t, x)) as tf.Tensor2D; // [batch, 6], one row
  const column = (x: tf.Tensor | undefined): tf.Tensor2D =>
    tf.tile(tf.slice(x as tf.Tensor2D, [0, 0], [-1, 1]), [1, 6]) as tf.Tensor2D; // [batch, 6], one column
  test.each<[string, TensorFunction]>([
    ['a product that sums over the rows', ({ x, t }) => ({ y: tf.matMul(rows(t, x), x as tf.Tensor2D, true) })],
    [
      'an addend of many rows',
      ({ x, t, v }) => ({ y: tf.add(tf.matMul(rows(t, x), v as tf.Tensor2D), x as tf.Tensor) }),
    ],
    ['a row beside other rows', ({ x, t }) => ({ y: tf.concat([rows(t, x), x as tf.Tensor], 1) })],
    ['a row above other rows', ({ x, t }) => ({ y: tf.concat([rows(t, x), column(x)], 0) })],
    ['a row above rows of another', ({ x, t }) => ({ y: tf.concat([rows(t, x), tf.mul(rows(t, x), 2)], 0) })],
    ['one column', ({ x, v }) => ({ y: tf.matMul(column(x), v as tf.Tensor2D) })],
    ['a reshape of more than one element', ({ x, t }) => ({ y: tf.reshape(rows(t, x), [-1, 2, 3]) })],
    ['a reshape of a column', ({ x }) => ({ y: tf.reshape(column(x), [-1, 3]) })],
  ])('%s', async (_, fn) => {
    const whole = await compile(fn, specs, { engine: cpuEngine(), constants });
    const simple = await compileAhead(fn, specs, [], { engine: cpuEngine(), constants });
    const feeds = { x: filled([3, 5], 4), t: filled([1], 5) };
    expectClose((await simple.each.run(feeds)).y, (await whole.run(feeds)).y, 1e-6);
    await simple.dispose();
    await whole.dispose();
  });
});
