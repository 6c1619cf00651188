import { describe, expect, it } from 'vitest';
import { type FilterName, resampled } from '../../../src/evaluation/features/resample.ts';

const image = {
  shape: [1, 3, 8, 1],
  data: Float32Array.of(
    ...[0, 1, 0.5, 0.25, 0.75, 0.125, 1, 0.0625],
    ...[0.3, 0.6, 0.9, 0.2, 0.4, 0.8, 0.1, 0.7],
    ...[1, 1, 0, 0, 1, 0, 1, 0],
  ),
};

/** Pillow 12's `Image.fromarray(image, 'F').resize((wide, high), …)`: the first values, and the sum of all squares. */
const pillow: readonly (readonly [FilterName, number, number, readonly number[], number])[] = [
  ['bilinear', 2, 3, [0.5403, 0.47046, 0.48721, 0.63487, 0.40536, 0.46974], 1.5387],
  ['bilinear', 4, 5, [0.40909, 0.58333, 0.48438, 0.46759, 0.44602, 0.41761], 5.3174],
  ['bilinear', 7, 13, [0, 0.42308, 0.98077, 0.67308, 0.43269, 0.27885], 28.3922],
  ['bicubic', 2, 3, [0.53012, 0.48285, 0.48022, 0.65021, 0.38999, 0.46627], 1.5371],
  ['bicubic', 4, 5, [0.41413, 0.60058, 0.46349, 0.48987, 0.44838, 0.3744], 5.5535],
  ['bicubic', 7, 13, [-0.10711, 0.40211, 1.04524, 0.69826, 0.35979, 0.24327], 30.7886],
  ['area', 2, 3, [0.55, 0.4, 0.46458, 0.66667, 0.5, 0.33333], 1.4839],
  ['area', 4, 5, [0.5, 0.5, 0.5, 0.125, 0.53125, 0.45], 6.3529],
  ['area', 7, 13, [0, 0, 1, 0.5, 0.5, 0.25], 33.8231],
];

describe('an image is resized as Pillow resizes it', () => {
  it.each(pillow)('%s to %i × %i', (name, high, wide, first, squares) => {
    const { shape, data } = resampled(image, [high, wide], name);
    expect(shape).toEqual([1, high, wide, 1]);
    first.forEach((value, i) => {
      expect(data[i]).toBeCloseTo(value, 4);
    });
    expect(data.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(squares, 3);
  });
});

it('channels and images are resized apart', () => {
  const three = Float32Array.from({ length: 2 * 24 * 3 }, (_, i) => {
    const [set, pixel, channel] = [Math.floor(i / 72), Math.floor((i % 72) / 3), i % 3];
    return (set + 1) * (channel + 1) * (image.data[pixel] ?? 0);
  });
  const one = resampled(image, [2, 5], 'bicubic').data;
  const { shape, data } = resampled({ shape: [2, 3, 8, 3], data: three }, [2, 5], 'bicubic');
  expect(shape).toEqual([2, 2, 5, 3]);
  data.forEach((value, i) => {
    const [set, pixel, channel] = [Math.floor(i / 30), Math.floor((i % 30) / 3), i % 3];
    expect(value).toBeCloseTo((set + 1) * (channel + 1) * (one[pixel] ?? Number.NaN), 5);
  });
});

it('an image of the right size stays as it is', () => {
  expect(resampled(image, [3, 8], 'area').data).toBe(image.data);
});
