import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { derivative, valueAndGradients } from '../../../src/engine/graph/gradient.ts';

const engine = { kind: 'tfjs', provider: 'cpu', threads: 1 } as const;
const vector = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });

test('an eager program takes feeds and constants, writes into given memory and leaks nothing', async () => {
  const program = await compile(
    ({ x, w }) => ({ y: tf.mul(x as tf.Tensor, w as tf.Tensor) }),
    { x: { shape: ['batch'] } },
    {
      engine,
      constants: { w: vector(2) },
    },
  );
  const before = tf.memory().numTensors;
  const room = vector(0, 0, 0);
  const { y } = await program.run({ x: vector(1, 2, 3) }, { y: room });
  expect(y).toBe(room);
  expect([...room.data]).toEqual([2, 4, 6]);
  expect(program.outputs).toEqual(['y']);
  expect(tf.memory().numTensors).toBe(before);
  await program.dispose();
  expect(tf.memory().numTensors).toBe(before - 1);
});

test('a parameter that does not matter has a zero gradient, and metrics come along', async () => {
  const program = await compile(
    (parameters) => {
      const { values, gradients } = valueAndGradients(({ a }) => {
        const square = tf.square(a as tf.Tensor);
        return { loss: tf.sum(square), largest: tf.max(square) };
      }, parameters);
      return { ...values, da: gradients.a as tf.Tensor, db: gradients.b as tf.Tensor };
    },
    { a: { shape: [2] }, b: { shape: [1] } },
    { engine },
  );
  const before = tf.memory().numTensors;
  const results = await program.run({ a: vector(1, 3), b: vector(5) });
  const data = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, [...tensor.data]]));
  expect(data).toEqual({ loss: [10], largest: [9], da: [2, 6], db: [0] });
  expect(tf.memory().numTensors).toBe(before);
});

test('a derivative along a tangent is the Jacobian-vector product', async () => {
  const program = await compile(
    ({ t }) => {
      const { value, tangent } = derivative((s) => tf.sin(tf.square(s)), t as tf.Tensor, tf.onesLike(t as tf.Tensor));
      return { value, tangent };
    },
    { t: { shape: [1] } },
    { engine },
  );
  const { value, tangent } = await program.run({ t: vector(0.7) });
  expect(value?.data[0]).toBeCloseTo(Math.sin(0.49), 6);
  expect(tangent?.data[0]).toBeCloseTo(1.4 * Math.cos(0.49), 6);
});
