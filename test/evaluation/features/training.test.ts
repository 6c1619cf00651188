import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import { featureBatches, unitImages } from '../../../src/evaluation/features/batch.ts';
import { initialFeatureNetwork, featureNetwork as networkOf } from '../../../src/evaluation/features/network.ts';
import { featureTask } from '../../../src/evaluation/features/training.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { loadMnist, mnist } from '../../../src/teachers/data/mnist.ts';

const featureNetwork = networkOf(mnist);
const parameters = initialFeatureNetwork(1, mnist);
const images = (count: number): HostTensor<Float32Array> => ({
  shape: [count, 28, 28],
  data: stream('images', count).uniform(count * 784),
});
const tensors = (weights: Parameters): NamedTensors =>
  Object.fromEntries(Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

it('is trained on the cross entropy of its classes, and its accuracy is told', () => {
  const count = 3;
  const logits = tf.tidy(() => {
    const weights = tensors(parameters);
    const batch = tf.tensor(images(count).data, [count, 28, 28]);
    return featureNetwork.logits(weights, featureNetwork.features(weights, batch)).arraySync() as number[][];
  });
  const right = logits.map((row) => row.indexOf(Math.max(...row)));
  const classes = [right[0] ?? 0, ((right[1] ?? 0) + 1) % 10, right[2] ?? 0]; // the second is wrong
  const expected = logits.map(
    (row, i) => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - (row[classes[i] ?? 0] ?? Number.NaN),
  );
  const few = { count, images: new Uint8Array(count * 784), labels: Uint8Array.from(classes) };
  const [loss, accuracy] = tf.tidy(() => {
    const found = featureTask(few, mnist, count, 1).loss(
      tensors(parameters),
      {
        images: tf.tensor(images(count).data, [count, 28, 28]),
        classes: tf.oneHot(tf.tensor1d(classes, 'int32'), 10).toFloat(),
      },
      {},
    );
    return [found.loss.dataSync()[0], found.accuracy?.dataSync()[0]];
  });
  expect(loss).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / count, 5);
  expect(accuracy).toBeCloseTo(2 / 3, 6);
});

describe('the batches of its training', () => {
  const data = loadMnist('test');

  it('hold every image once an epoch, in another order each epoch', () => {
    const few = { count: 6, images: data.images.subarray(0, 6 * 784), labels: Uint8Array.of(0, 1, 2, 3, 4, 5) };
    const batches = featureBatches(few, mnist, 3, 1);
    const labels = (step: number) => {
      const values = Array.from(batches(step).classes.data);
      return [0, 1, 2].map((row) => values.slice(row * 10, row * 10 + 10).indexOf(1));
    };
    const epochs = [0, 1, 2].map((epoch) => [...labels(2 * epoch), ...labels(2 * epoch + 1)]);
    for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);
    expect(labels(0)).toEqual(epochs[0]?.slice(0, 3)); // whatever came between
  });

  it('have each image beside its own class', () => {
    const dots = new Uint8Array(4 * 784);
    for (const row of [0, 1, 2, 3]) dots[row * 784 + 14 * 28 + 14] = 51 * (row + 1);
    const batches = featureBatches({ count: 4, images: dots, labels: Uint8Array.of(3, 1, 2, 0) }, mnist, 4, 1);
    const { images: shifted, classes } = batches(0);
    const found = [0, 1, 2, 3].map((row) => [
      Array.from(classes.data.subarray(10 * row, 10 * row + 10)).indexOf(1),
      Math.round(5 * Math.max(...shifted.data.subarray(row * 784, (row + 1) * 784))),
    ]);
    expect(found.sort()).toEqual([
      [0, 4],
      [1, 2],
      [2, 3],
      [3, 1],
    ]);
  });

  it('shift each image by two numbers of its own', () => {
    const spot = new Uint8Array(784);
    spot[14 * 28 + 14] = 255;
    const count = 20;
    const { images } = featureBatches({ count: 1, images: spot, labels: Uint8Array.of(7) }, mnist, count, 5)(3);
    const shifts = stream('feature-shift', 5, 3).integers(2 * count, 5);
    const places = Array.from({ length: count }, (_, i) => images.data.subarray(784 * i, 784 * (i + 1)).indexOf(1));
    expect(places).toEqual(
      places.map((_, i) => 28 * (12 + (shifts[2 * i] ?? Number.NaN)) + 12 + (shifts[2 * i + 1] ?? Number.NaN)),
    );
  });

  it('shift images by at most two pixels', () => {
    const spot = new Uint8Array(784);
    spot[14 * 28 + 14] = 255;
    const batches = featureBatches({ count: 1, images: spot, labels: Uint8Array.of(7) }, mnist, 200, 1);
    const places = new Set<number>();
    const pixels = Float32Array.from(batches(0).images.data);
    for (let row = 0; row < 200; row++) {
      const image = pixels.subarray(row * 784, (row + 1) * 784);
      expect(image.filter((value) => value !== 0).length).toBe(1);
      places.add(image.indexOf(1));
    }
    const offsets = [...places].map((place) => [Math.floor(place / 28) - 14, (place % 28) - 14]);
    expect(places.size).toBe(25);
    expect(Math.max(...offsets.flat().map(Math.abs))).toBe(2);
  });

  it('keep every pixel that stays inside the image, and have paper where nothing came from', () => {
    const black = { count: 1, images: new Uint8Array(784).fill(255), labels: Uint8Array.of(7) };
    const pixels = Float32Array.from(featureBatches(black, mnist, 200, 1)(0).images.data);
    const inked = Array.from({ length: 200 }, (_, row) =>
      pixels.subarray(row * 784, (row + 1) * 784).reduce((sum, value) => sum + value, 0),
    );
    const sides = [28, 27, 26];
    const areas = sides.flatMap((height) => sides.map((width) => height * width));
    expect([...new Set(inked)].sort()).toEqual([...new Set(areas)].sort());
  });

  it('hold ink as one and paper as zero', () => {
    expect([...unitImages(new Uint8Array(784).fill(255), mnist).data.subarray(0, 2)]).toEqual([1, 1]);
    expect(unitImages(new Uint8Array(2 * 784), mnist).shape).toEqual([2, 28, 28]);
  });
});
