import { expect, it } from 'vitest';
import { stream } from '../../../src/ground/random/philox.ts';
import { loadMnist, mnist } from '../../../src/teachers/data/mnist.ts';
import type { ImageBackbone } from '../../../src/teachers/image/backbone.ts';
import { imageContexts } from '../../../src/teachers/image/contexts.ts';
import { wholeImages } from '../../../src/teachers/image/images.ts';

const size = 28 * 28;

/** A backbone whose hidden states are the first pixels of the image and its label. */
const backbone = {
  tokens: 1,
  normalization: { mean: Float32Array.of(0), std: Float32Array.of(1) },
  encode: (pixels: Uint8Array) => Float32Array.from(pixels),
  hiddenStates: async (classes: readonly number[], tokens: Float32Array) => {
    const width = size + 1;
    const data = Float32Array.from({ length: classes.length * width }, (_, i) => {
      const [row, place] = [Math.floor(i / width), i % width];
      return place === size ? (classes[row] ?? -1) : (tokens[row * size + place] ?? -1);
    });
    return { conditional: { shape: [classes.length, 1, width], data }, unconditional: { shape: [0, 0], data } };
  },
} as unknown as ImageBackbone;

const imageAt = (images: Uint8Array, row: number): string =>
  Buffer.from(images.subarray(row * size, (row + 1) * size)).toString('latin1');

it('real images are of the test data, in the order of the prompts, and parts have none in common', () => {
  const { images, labels, count } = loadMnist('test');
  const held = new Map(Array.from({ length: count }, (_, row) => [imageAt(images, row), labels[row]]));
  const model = wholeImages(backbone, mnist);
  const parts = [0, 1].map((part) => {
    const real = model.real(20, part);
    expect([...real.labels]).toEqual(Array.from({ length: 20 }, (_, i) => i % 10));
    const bytes = Uint8Array.from(real.images.data, (value) => Math.round(255 * value));
    const shown = Array.from({ length: 20 }, (_, row) => imageAt(bytes, row));
    expect(shown.map((image) => held.get(image))).toEqual([...real.labels]);
    return shown;
  });
  expect(new Set(parts.flat()).size).toBe(40);
});

it('trained images are of the training data, in the order of the prompts', () => {
  const { images, labels, count } = loadMnist('train');
  const seen = new Map(Array.from({ length: count }, (_, row) => [imageAt(images, row), labels[row]]));
  const { data } = wholeImages(backbone, mnist).trained?.(20) ?? { data: [] };
  const bytes = Uint8Array.from(data, (value) => Math.round(255 * value));
  const shown = Array.from({ length: 20 }, (_, row) => imageAt(bytes, row));
  expect(shown.map((image) => seen.get(image))).toEqual(Array.from({ length: 20 }, (_, i) => i % 10));
  expect(new Set(shown).size).toBe(20);
});

it('trained images are none of the real ones, not even where these run over into the training data', () => {
  const model = wholeImages(backbone, mnist);
  const rowsOf = (data: ArrayLike<number>, count: number) => {
    const bytes = Uint8Array.from(data, (value) => Math.round(255 * value));
    return Array.from({ length: count }, (_, row) => imageAt(bytes, row));
  };
  const real = new Set(rowsOf(model.real(12_000, 0).images.data, 12_000));
  const trained = rowsOf(model.trained?.(300).data ?? [], 300);
  expect(trained.filter((image) => real.has(image))).toEqual([]);
});

it('contexts are of images of the split that is asked for, each with its own label', async () => {
  for (const split of ['train', 'test'] as const) {
    const { images, labels, count } = loadMnist(split);
    const key = ['contexts', 1];
    const request = { rows: 3, key, freeRunning: 0, split, guidance: { min: 1, max: 1 } };
    const { conditional } = await imageContexts(backbone, { token: 1, data: mnist }, request, async () => {
      throw new Error('nothing is drawn');
    });
    const rows = stream(...key, 'real').integers(3, count);
    const expected = Array.from(rows, (row) => [...images.subarray(row * size, (row + 1) * size), labels[row]]);
    expect([...conditional.data].join()).toBe(expected.flat().join()); // at once: thousands of numbers
  }
});
