import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { cpuEngine, type NamedTensors } from '../../../src/engine/graph/program.ts';
import { featureExtractor } from '../../../src/evaluation/features/extractor.ts';
import { initialFeatureNetwork, featureNetwork as networkOf } from '../../../src/evaluation/features/network.ts';
import { DataError } from '../../../src/ground/errors.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { mnist } from '../../../src/teachers/data/mnist.ts';

const featureNetwork = networkOf(mnist);
const parameters = initialFeatureNetwork(1, mnist);
const images = (count: number): HostTensor<Float32Array> => ({
  shape: [count, 28, 28],
  data: stream('images', count).uniform(count * 784),
});
const tensors = (weights: Parameters): NamedTensors =>
  Object.fromEntries(Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

/** The same network by tfjs's own convolution and pooling. */
function reference(weights: NamedTensors, batch: tf.Tensor): tf.Tensor {
  let x = tf.reshape(batch, [-1, 28, 28, 1]) as tf.Tensor4D;
  for (const [name, pooled] of [
    ['conv1', true],
    ['conv2', true],
    ['conv3', false],
  ] as const) {
    const weight = weights[`${name}.weight`] as tf.Tensor2D;
    const [out, inputs] = weight.shape;
    const filter = tf.reshape(tf.transpose(weight), [3, 3, inputs / 9, out]) as tf.Tensor4D;
    x = tf.relu(tf.add(tf.conv2d(x, filter, 1, 'same'), weights[`${name}.bias`] as tf.Tensor));
    if (pooled) x = tf.avgPool(x, 2, 2, 'valid');
  }
  const flat = tf.reshape(x, [-1, 3136]) as tf.Tensor2D;
  return tf.add(
    tf.matMul(flat, weights['features.weight'] as tf.Tensor, false, true),
    weights['features.bias'] as tf.Tensor,
  );
}

describe('the feature network', () => {
  it('equals convolution and pooling of tfjs', () => {
    const { data, shape } = images(3);
    const [ours, theirs] = tf.tidy(() => {
      const weights = tensors(parameters);
      const batch = tf.tensor(data, [...shape]);
      return [featureNetwork.features(weights, batch).arraySync(), reference(weights, batch).arraySync()];
    });
    expect(flatten(ours).length).toBe(3 * 64);
    expect(furthest(flatten(ours), flatten(theirs))).toBeLessThan(1e-5);
  });

  it.each([
    [30, 28],
    [28, 30],
    [29, 31],
  ])('refuses images of %d × %d: two halvings need sides of fours', (height, width) => {
    expect(() => networkOf({ ...mnist, size: [height, width] })).toThrow(
      `expected sides that are multiples of 4, got ${height} × ${width}`,
    );
    expect(networkOf({ ...mnist, size: [8, 12] }).shapes['features.weight']).toEqual([64, 2 * 3 * 64]);
  });

  it('starts from normal weights of variance 2/inputs, each tensor from a stream of its own, and no biases', () => {
    for (const [name, { shape, data }] of Object.entries(parameters)) {
      const scale = name.endsWith('.bias') ? 0 : Math.sqrt(2 / (shape[1] ?? 0));
      expect(shape).toEqual(featureNetwork.shapes[name]);
      const drawn = stream('feature-network', 1, name).normal(data.length);
      expect(
        furthest(
          data,
          drawn.map((value) => scale * value),
        ),
      ).toBe(0);
    }
    expect(Object.keys(parameters)).toHaveLength(10);
  });

  it('gives the same on the traced engine, at any number of images', async () => {
    const [traced, eager] = await Promise.all([
      featureExtractor(parameters, mnist, cpuEngine()),
      featureExtractor(parameters, mnist, { kind: 'tfjs', provider: 'cpu', threads: 1 }),
    ]);
    const some = images(5);
    const [a, b] = [await traced.extract(some), await eager.extract(some)];
    expect(a.features.shape).toEqual([5, 64]);
    expect(a.logits.shape).toEqual([5, 10]);
    expect(furthest(a.features.data, b.features.data)).toBeLessThan(1e-5);
    expect(furthest(a.logits.data, b.logits.data)).toBeLessThan(1e-5);
    const many = images(300);
    const last = await traced.extract({ shape: [1, 28, 28], data: many.data.subarray(299 * 784) });
    expect(furthest((await traced.extract(many)).features.data.subarray(299 * 64), last.features.data)).toBeLessThan(
      1e-5,
    );
    await traced.dispose();
    await eager.dispose();
  });

  it('has the gradients of tfjs’s own convolution and pooling', () => {
    const { data, shape } = images(2);
    const gradients = (features: typeof featureNetwork.features) =>
      tf.tidy(() => {
        const batch = tf.tensor(data, [...shape]);
        const found = valueAndGradients(
          (weights) => ({ loss: tf.mean(tf.square(featureNetwork.logits(weights, features(weights, batch)))) }),
          tensors(parameters),
        ).gradients;
        return Object.fromEntries(Object.entries(found).map(([name, gradient]) => [name, gradient.dataSync().slice()]));
      });
    const [ours, theirs] = [gradients(featureNetwork.features), gradients(reference)];
    expect(Object.keys(ours).sort()).toEqual(Object.keys(featureNetwork.shapes).sort());
    for (const [name, gradient] of Object.entries(ours)) {
      expect(gradient.some((value) => Math.abs(value) > 1e-3)).toBe(true);
      expect(furthest(gradient, theirs[name] ?? [])).toBeLessThan(1e-4);
    }
  });

  it.each([
    [
      'another size',
      { shape: [2, 27, 28], data: new Float32Array(2 * 27 * 28) },
      /expected \[N, 28, 28\], got \[2, 27, 28\]/,
    ],
    [
      'other sides of as many pixels',
      { shape: [1, 14, 56], data: new Float32Array(784) },
      /expected \[N, 28, 28\], got \[1, 14, 56\]/,
    ],
    ['another width', { shape: [2, 28, 14], data: new Float32Array(784) }, /expected \[N, 28, 28\], got \[2, 28, 14\]/],
    [
      'another rank',
      { shape: [1, 28, 28, 1], data: new Float32Array(784) },
      /expected \[N, 28, 28\], got \[1, 28, 28, 1\]/,
    ],
    ['none', { shape: [0, 28, 28], data: new Float32Array() }, /expected \[N, 28, 28\], got \[0, 28, 28\]/],
    ['pixels that are missing', { shape: [2, 28, 28], data: new Float32Array(784) }, /expected \[N, 28, 28\]/],
    [
      'infinity in the second',
      { shape: [2, 28, 28], data: new Float32Array(2 * 784).fill(Number.POSITIVE_INFINITY, 784) },
      /got Infinity in image 1/,
    ],
    ['NaN', { shape: [1, 28, 28], data: new Float32Array(784).fill(Number.NaN) }, /got NaN in image 0/],
  ])('refuses images of %s', async (_, some, message) => {
    const extractor = await featureExtractor(parameters, mnist, { kind: 'tfjs', provider: 'cpu', threads: 1 });
    await expect(extractor.extract(some)).rejects.toThrow(DataError);
    await expect(extractor.extract(some)).rejects.toThrow(message);
    await extractor.dispose();
  });
});

const flatten = (value: unknown): number[] => [value].flat(4) as number[];

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)));
  }
  return most;
};
