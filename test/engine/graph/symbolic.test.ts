import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import {
  cpuEngine,
  type NamedTensors,
  type TensorFunction,
  type TensorSpec,
} from '../../../src/engine/graph/program.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { eagerEngine, expectClose, filled } from './agreement.ts';

const get = (tensors: NamedTensors, name: string): tf.Tensor => tensors[name] as tf.Tensor;

/** Expects the traced program to equal the eager one at batches that it was not traced with. */
async function expectAnyBatch(fn: TensorFunction, specs: Record<string, TensorSpec>): Promise<void> {
  const traced = await compile(fn, specs, { engine: cpuEngine() });
  const eager = await compile(fn, specs, { engine: eagerEngine });
  for (const batch of [1, 7, 300]) {
    const feeds: Record<string, HostTensor> = {};
    for (const [name, { shape }] of Object.entries(specs)) {
      feeds[name] = filled(
        shape.map((size) => (size === 'batch' ? batch : size)),
        batch + name.length,
      );
    }
    const [actual, expected] = [await traced.run(feeds), await eager.run(feeds)];
    for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], 1e-5);
  }
  await traced.dispose();
}

test('a residual block with shared modulations runs at any batch', async () => {
  const block: TensorFunction = (inputs) => {
    const [x, c, w] = [get(inputs, 'x'), get(inputs, 'c'), get(inputs, 'w')];
    const rows = tf.reshape(x, [-1, 8]);
    const h = tf.reshape(tf.matMul(rows as tf.Tensor2D, w as tf.Tensor2D), x.shape);
    const [shift, scale] = tf.split(c, 2, 1).map((part) => tf.reshape(part, [part.shape[0] ?? 1, 1, 8]));
    return { y: tf.add(tf.mul(h, scale as tf.Tensor), shift as tf.Tensor) };
  };
  await expectAnyBatch(block, { x: { shape: ['batch', 3, 8] }, c: { shape: ['batch', 16] }, w: { shape: [8, 8] } });
});

test('means over the batch and their gradients run at any batch', async () => {
  const step: TensorFunction = ({ x, w }) => {
    const { values, gradients } = valueAndGradients(
      (parameters) => ({ loss: tf.mean(tf.square(tf.matMul(x as tf.Tensor2D, get(parameters, 'w') as tf.Tensor2D))) }),
      { w: w as tf.Tensor },
    );
    return { loss: get(values, 'loss'), dw: get(gradients, 'w') };
  };
  await expectAnyBatch(step, { x: { shape: ['batch', 4] }, w: { shape: [4, 5] } });
});

test('tiling, stacking, slicing, padding and repeating along the batch run at any batch', async () => {
  await expectAnyBatch(
    ({ x }) => {
      const twice = tf.concat([x as tf.Tensor, tf.neg(x as tf.Tensor)], 0);
      const batch = x?.shape[0] ?? 1;
      return {
        twice,
        second: tf.slice(twice, [batch, 0], [batch, 2]),
        halves: tf.add(...(tf.split(twice, 2, 0) as [tf.Tensor, tf.Tensor])),
        padded: tf.pad(x as tf.Tensor, [
          [0, batch],
          [1, 0],
        ]),
        grid: tf.broadcastTo(tf.reshape(x as tf.Tensor, [batch, 1, 4]), [batch, 2, 4]),
        tiled: tf.tile(x as tf.Tensor, [2, 1]),
        ones: tf.mul(tf.onesLike(x as tf.Tensor), 3),
        folded: tf.reshape(tf.transpose(x as tf.Tensor), [2, batch * 2]),
      };
    },
    { x: { shape: ['batch', 4] } },
  );
});

const traceOf = (fn: (x: tf.Tensor) => tf.Tensor) =>
  compile(({ x }) => ({ y: fn(x as tf.Tensor) }), { x: { shape: ['batch', 2] } }, { engine: cpuEngine() });

test('a constant that carries the batch is an error that names the operation', async () => {
  await expect(traceOf((x) => tf.add(x, tf.range(0, x.size).reshape(x.shape)))).rejects.toThrow(
    'Reshape takes a constant that carries the batch: [22] at batch 11, [26] at batch 13',
  );
  await expect(traceOf((x) => tf.mul(x, Math.sqrt(x.shape[0] ?? 1)))).rejects.toThrow(
    'Mul takes a number that depends',
  );
  await expect(
    traceOf((x) =>
      tf.pad(x, [
        [0, 1],
        [0, 0],
      ]),
    ),
  ).rejects.toThrow('no multiple of it: 12 at batch 11');
});

test('control flow on the batch is an error', async () => {
  await expect(traceOf((x) => (x.shape[0] === 11 ? tf.exp(x) : tf.sin(x)))).rejects.toThrow(
    'the operations depend on the batch: Exp at batch 11, Sin at batch 13',
  );
});

test('feeds of other names, shapes, dtypes or batches are refused', async () => {
  const program = await compile(
    ({ x, t }) => ({ y: tf.mul(x as tf.Tensor, t as tf.Tensor) }),
    { x: { shape: ['batch', 2] }, t: { shape: ['batch', 1] } },
    { engine: cpuEngine() },
  );
  const [x, t] = [filled([3, 2], 1), filled([3, 1], 2)];
  await expect(program.run({ x })).rejects.toThrow("feed 't': expected float32[batch, 1], got nothing");
  await expect(program.run({ x, t, z: t })).rejects.toThrow('expected x, t, got also z');
  await expect(program.run({ x, t: filled([3], 2) })).rejects.toThrow('expected float32[batch, 1], got float32[3]');
  await expect(program.run({ x, t: filled([4, 1], 2) })).rejects.toThrow('expected batch 3');
  await expect(program.run({ x, t: { shape: [3, 1], data: new Int32Array(3) } })).rejects.toThrow('got int32[3, 1]');
  await expect(program.run({ x, t: { shape: [3, 1], data: new Float32Array(2) } })).rejects.toThrow('got 2');
  await program.dispose();
});
