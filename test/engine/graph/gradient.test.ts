import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { derivative, valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { cpuEngine, type NamedTensors, type TensorFunction } from '../../../src/engine/graph/program.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { eagerEngine, expectAgreement, expectClose, filled, runOnce } from './agreement.ts';

const width = 6;
const shapes: Record<string, number[]> = {
  time: [1, width],
  modulation: [width, 3 * width],
  first: [4, width],
  second: [width, width],
  last: [width, 4],
};
const weights = Object.fromEntries(
  Object.entries(shapes).map(([name, shape], i) => [name, filled(shape, i + 1, -1, 1)]),
);
const get = (tensors: NamedTensors, name: string): tf.Tensor => tensors[name] as tf.Tensor;
const times = (tensors: NamedTensors, name: string, x: tf.Tensor) =>
  tf.matMul(x as tf.Tensor2D, get(tensors, name) as tf.Tensor2D);
const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));
const normalize = (x: tf.Tensor) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6)));
};

/** A residual adaLN layer: x [B, 4] at times t [B]; gives [B, 4]. */
function adaptive(w: NamedTensors, x: tf.Tensor, t: tf.Tensor): tf.Tensor {
  const y = silu(tf.sin(times(w, 'time', tf.reshape(t, [-1, 1]))));
  const [shift, scale, gate] = tf.split(times(w, 'modulation', y), 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const h = times(w, 'first', x);
  const modulated = tf.add(tf.mul(normalize(h), tf.add(scale, 1)), shift);
  return times(w, 'last', tf.add(h, tf.mul(gate, silu(times(w, 'second', modulated)))));
}

const batch = { x: filled([3, 4], 11), t: filled([3], 12, 0.1, 0.9) };
const tangent: TensorFunction = (inputs) => {
  const { value, tangent } = derivative(
    (t) => adaptive(inputs, get(inputs, 'x'), t),
    get(inputs, 't'),
    tf.onesLike(get(inputs, 't')),
  );
  return { value, tangent };
};

test('the derivative in t of an adaLN layer is the central difference', async () => {
  const value: TensorFunction = (inputs) => ({ y: adaptive(inputs, get(inputs, 'x'), get(inputs, 't')) });
  const at = async (delta: number): Promise<HostTensor> => {
    const t = { shape: [3], data: batch.t.data.map((time) => time + delta) };
    return (await runOnce(value, { ...weights, x: batch.x, t }, eagerEngine)).y as HostTensor;
  };
  const traced = await runOnce(tangent, { ...weights, ...batch }, cpuEngine());
  const [after, before] = [await at(1e-2), await at(-1e-2)];
  const slope = (after.data as Float32Array).map((value, i) => (value - (before.data[i] ?? 0)) / 2e-2);
  expectClose(traced.tangent, { shape: [3, 4], data: slope }, 2e-3);
  expectClose(traced.value, await at(0), 1e-5);
});

test('the traced derivative equals the eager one', async () => {
  await expectAgreement(tangent, { ...weights, ...batch });
});

test('gradients through a derivative match central differences', async () => {
  const loss: TensorFunction = (inputs) => {
    const x = get(inputs, 'x');
    const { values, gradients } = valueAndGradients(
      (w) => {
        const { value, tangent } = derivative(
          (t) => adaptive(w, x, t),
          get(inputs, 't'),
          tf.onesLike(get(inputs, 't')),
        );
        return { loss: tf.mean(tf.squaredDifference(tangent, value)), size: tf.mean(tf.square(tangent)) };
      },
      Object.fromEntries(Object.keys(weights).map((name) => [name, get(inputs, name)])),
    );
    return { ...values, ...gradients };
  };
  const traced = await runOnce(loss, { ...weights, ...batch }, cpuEngine());
  const specs = Object.fromEntries(
    Object.entries({ ...weights, ...batch }).map(([name, { shape }]) => [name, { shape }]),
  );
  const program = await compile(loss, specs, { engine: cpuEngine() });
  for (const [name, weight] of Object.entries(weights)) {
    const index = weight.data.length >> 1;
    const at = async (delta: number): Promise<number> => {
      const data = weight.data.slice();
      data[index] = (data[index] ?? 0) + delta;
      const results = await program.run({ ...weights, ...batch, [name]: { shape: weight.shape, data } });
      return results.loss?.data[0] ?? Number.NaN;
    };
    // Of fourth order, since the loss bends.
    const [near, far] = [(await at(5e-3)) - (await at(-5e-3)), (await at(1e-2)) - (await at(-1e-2))];
    const slope = (8 * near - far) / (12 * 5e-3);
    expect(traced[name]?.data[index], name).toBeCloseTo(slope, 2);
  }
  await program.dispose();
  await expectAgreement(loss, { ...weights, ...batch }, 1e-4);
});

test('a loss that is no scalar is an error', () => {
  const w = tf.tensor([1, 2]);
  expect(() => valueAndGradients((p) => ({ loss: tf.square(get(p, 'w')) }), { w })).toThrow(
    'loss: expected a scalar, got [2]',
  );
  w.dispose();
});
