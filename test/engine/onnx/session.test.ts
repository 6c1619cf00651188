import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { EngineError } from '../../../src/ground/errors.ts';
import { filled } from '../graph/agreement.ts';

const double = () =>
  compile(
    ({ x }) => ({ y: tf.mul(x as tf.Tensor, 2), sum: tf.sum(x as tf.Tensor) }),
    { x: { shape: [3] } },
    {
      engine: cpuEngine(),
    },
  );

test('outputs are written into given memory, also into a view of a larger one', async () => {
  const program = await double();
  const arena = new Float32Array(8).fill(7);
  const y = { shape: [3], data: arena.subarray(2, 5) };
  const results = await program.run({ x: { shape: [3], data: Float32Array.of(1, 2, 3) } }, { y });
  expect(results.y).toBe(y);
  expect([...arena]).toEqual([7, 7, 2, 4, 6, 7, 7, 7]);
  expect(results.sum).toEqual({ shape: [], data: Float32Array.of(6) });
  await program.dispose();
});

test('with memory for some outputs the others get new memory, and what is given back is the memory itself', async () => {
  const program = await double();
  const y = { shape: [3], data: new Float32Array(3) };
  const x = { shape: [3], data: Float32Array.of(1, 2, 3) };
  const first = await program.run({ x }, { y });
  const second = await program.run({ x: { shape: [3], data: Float32Array.of(4, 5, 6) } }, { y });
  expect([first.y, second.y]).toEqual([y, y]);
  expect(second.y?.data.buffer).toBe(y.data.buffer);
  expect([first.sum?.data[0], second.sum?.data[0]]).toEqual([6, 15]);
  await program.dispose();
});

test('a program whose other outputs grow with the batch writes into given memory too', async () => {
  const program = await compile(
    ({ x }) => ({ twice: tf.mul(x as tf.Tensor, 2), negative: tf.neg(x as tf.Tensor) }),
    { x: { shape: ['batch', 2] } },
    { engine: cpuEngine() },
  );
  const twice = { shape: [3, 2], data: new Float32Array(6) };
  const { negative } = await program.run({ x: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } }, { twice });
  expect([...twice.data]).toEqual([2, 4, 6, 8, 10, 12]);
  expect(negative).toEqual({ shape: [3, 2], data: Float32Array.of(-1, -2, -3, -4, -5, -6) });
  await program.dispose();
});

test('memory of another shape or name is refused', async () => {
  const program = await double();
  const x = filled([3], 1);
  await expect(program.run({ x }, { y: filled([4], 1) })).rejects.toThrow(EngineError);
  await expect(program.run({ x }, { z: x })).rejects.toThrow("into 'z': expected one of y, sum");
  await program.dispose();
});

test('inputs and outputs may share names', async () => {
  const program = await compile(
    ({ x }) => ({ x: tf.neg(x as tf.Tensor) }),
    { x: { shape: [1] } },
    { engine: cpuEngine() },
  );
  expect((await program.run({ x: { shape: [1], data: Float32Array.of(3) } })).x?.data[0]).toBe(-3);
  await program.dispose();
});

test('an input and a constant can be outputs', async () => {
  const fn = ({ x, c }: Readonly<Record<string, tf.Tensor>>) => ({
    a: x as tf.Tensor,
    b: x as tf.Tensor,
    c2: c as tf.Tensor,
  });
  const constants = { c: { shape: [1], data: Float32Array.of(5) } };
  const program = await compile(fn, { x: { shape: [1] } }, { engine: cpuEngine(), constants });
  const { a, b, c2 } = await program.run({ x: { shape: [1], data: Float32Array.of(3) } });
  expect([a?.data[0], b?.data[0], c2?.data[0]]).toEqual([3, 3, 5]);
  await program.dispose();
});

test('booleans and integers go in and out', async () => {
  const program = await compile(
    ({ i, b }) => ({
      less: tf.less(i as tf.Tensor, 2),
      both: tf.where(b as tf.Tensor, i as tf.Tensor, tf.scalar(9, 'int32')),
    }),
    { i: { shape: [2], dtype: 'int32' }, b: { shape: [2], dtype: 'bool' } },
    { engine: cpuEngine() },
  );
  const feeds = { i: { shape: [2], data: Int32Array.of(1, 2) }, b: { shape: [2], data: Uint8Array.of(0, 1) } };
  const { less, both } = await program.run(feeds);
  expect([less?.data, both?.data]).toEqual([Uint8Array.of(1, 0), Int32Array.of(9, 2)]);
  await program.dispose();
});
