import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { derivative, valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { eagerEngine, expectClose, filled, runOnce } from './agreement.ts';

/** Functions of w·t whose derivative in t is differentiated in w. */
const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  exp: tf.exp,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softmax: (x) => tf.softmax(x),
  pow: (x) => tf.pow(tf.add(tf.square(x), 1), 1.5),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  softplus: tf.softplus,
  erf: tf.erf,
  rsqrt: (x) => tf.rsqrt(tf.add(tf.square(x), 1)),
  log: (x) => tf.log(tf.add(tf.square(x), 1)),
};

test.each(Object.entries(functions))('the gradient of a derivative of %s matches central differences', async (_, f) => {
  const t = { shape: [1], data: Float32Array.of(0.4) };
  const w = filled([1, 4], 3, 0.4, 1.4);
  const slope = (inputs: Readonly<Record<string, tf.Tensor>>, weight: tf.Tensor): tf.Tensor => {
    const time = inputs.t as tf.Tensor;
    const { value, tangent } = derivative((s) => f(tf.mul(weight, tf.reshape(s, [1, 1]))), time, tf.onesLike(time));
    return tf.sum(tf.mul(tangent, tf.add(value, 1)));
  };
  const loss: TensorFunction = (inputs) => ({ loss: slope(inputs, inputs.w as tf.Tensor) });
  const gradient: TensorFunction = (inputs) => ({
    dw: tf.grad((weight) => slope(inputs, weight as tf.Tensor))(inputs.w as tf.Tensor),
  });
  const differences = new Float32Array(4);
  for (const index of differences.keys()) {
    const at = async (delta: number): Promise<number> => {
      const data = w.data.map((value, i) => value + (i === index ? delta : 0));
      return (await runOnce(loss, { t, w: { shape: w.shape, data } }, eagerEngine)).loss?.data[0] ?? Number.NaN;
    };
    differences[index] = ((await at(1e-2)) - (await at(-1e-2))) / 2e-2;
  }
  for (const engine of [cpuEngine(), eagerEngine]) {
    expectClose((await runOnce(gradient, { t, w }, engine)).dw, { shape: w.shape, data: differences }, 2e-3);
  }
});

test('gradients are repaired anew when another copy of tfjs has registered its own', () => {
  const before = [tf.getGradient('Exp'), tf.getGradient('Cast')];
  const wrong = (): never => expect.fail('the gradient of another copy');
  for (const kernelName of ['Exp', 'Cast'])
    tf.registerGradient({ kernelName, inputsToSave: ['x'], outputsToSave: [true], gradFunc: wrong });
  try {
    const x = tf.tensor1d([0.5]);
    valueAndGradients(({ w }) => ({ loss: tf.sum(w as tf.Tensor) }), { w: x });
    for (const kernelName of ['Exp', 'Cast']) expect(tf.getGradient(kernelName).gradFunc).not.toBe(wrong);
  } finally {
    for (const config of before) tf.registerGradient(config);
  }
});

test('a choice by comparisons of a parameter has a gradient', async () => {
  const fn: TensorFunction = ({ x }) => ({
    dx: tf.grad((a) => {
      const inside = tf.logicalAnd(tf.greater(a as tf.Tensor, -1), tf.logicalNot(tf.greater(a as tf.Tensor, 1)));
      return tf.sum(tf.where(inside, tf.square(a as tf.Tensor), tf.mul(a as tf.Tensor, 3)));
    })(x as tf.Tensor),
  });
  const feeds = { x: { shape: [4], data: Float32Array.of(-2, -0.5, 0.25, 2) } };
  for (const engine of [cpuEngine(), eagerEngine]) {
    expect([...((await runOnce(fn, feeds, engine)).dx?.data ?? [])]).toEqual([3, -1, 0.5, 3]);
  }
});

test('no gradient passes through integers that a parameter is made, nor to indices', async () => {
  const fn: TensorFunction = ({ x, table }) => ({
    dx: tf.grad((a) => {
      const whole = tf.cast(tf.mul(a as tf.Tensor, 10), 'int32');
      const rows = tf.sum(tf.gather(table as tf.Tensor, whole));
      return tf.add(rows, tf.sum(tf.mul(tf.square(a as tf.Tensor), tf.cast(whole, 'float32'))));
    })(x as tf.Tensor),
  });
  const feeds = { x: { shape: [2], data: Float32Array.of(0.125, 0.25) }, table: filled([4, 3], 1) };
  for (const engine of [cpuEngine(), eagerEngine]) {
    expect([...((await runOnce(fn, feeds, engine)).dx?.data ?? [])]).toEqual([0.25, 1]);
  }
});
