import { expect, it } from 'vitest';
import { type InputFormat, inputImages } from '../../../src/evaluation/features/input-images.ts';
import { DataError } from '../../../src/ground/errors.ts';

const format: InputFormat = { layout: 'nchw', channels: 3, range: [0, 1], resize: 'bilinear' };
const grey = { shape: [2, 1, 2], data: Float32Array.of(0, 0.2, 0.4, 1) };
const colour = { shape: [1, 1, 2, 3], data: Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1) };

const values = (images: Parameters<typeof inputImages>[0], more: Partial<InputFormat> = {}): number[] =>
  Array.from(inputImages(images, { ...format, ...more }).data, (value) => Math.round(value * 1e4) / 1e4);

it('grey images are repeated to three channels, image by image', () => {
  expect(inputImages(grey, format).shape).toEqual([2, 3, 1, 2]);
  expect(values(grey)).toEqual([0, 0.2, 0, 0.2, 0, 0.2, 0.4, 1, 0.4, 1, 0.4, 1]);
  expect(inputImages(grey, { ...format, layout: 'nhwc' }).shape).toEqual([2, 1, 2, 3]);
  expect(values(grey, { layout: 'nhwc' })).toEqual([0, 0, 0, 0.2, 0.2, 0.2, 0.4, 0.4, 0.4, 1, 1, 1]);
  expect(inputImages(grey, { ...format, channels: 1 }).shape).toEqual([2, 1, 1, 2]);
  expect(values(grey, { channels: 1 })).toEqual([0, 0.2, 0.4, 1]);
});

it('colours stand where the layout says', () => {
  expect(values(colour)).toEqual([0, 0.6, 0.2, 0.8, 0.4, 1]);
  expect(values(colour, { layout: 'nhwc' })).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
});

it('pixels take the range of the network', () => {
  expect(values(colour, { range: [-1, 1] })).toEqual([-1, 0.2, -0.6, 0.6, -0.2, 1]);
  expect(values(colour, { range: { mean: [0.1, 0.2, 0.3], std: [0.5, 1, 0.1] } })).toEqual([-0.2, 1, 0, 0.6, 1, 7]);
  const [red, green, blue] = [(0 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.4 - 0.406) / 0.225];
  const found = values(colour, { range: 'imagenet' });
  expect([found[0], found[2], found[4]]).toEqual([red, green, blue].map((value) => Math.round(value * 1e4) / 1e4));
});

it('pixels are those of bytes, before and after they are resized', () => {
  const rough = { shape: [1, 1, 2], data: Float32Array.of(-0.5, 0.501) };
  expect(values(rough, { channels: 1, range: [0, 255] })).toEqual([0, 128]);
  const edge = { shape: [1, 1, 4], data: Float32Array.of(0, 1, 1, 0) };
  const wide = values(edge, { channels: 1, size: [1, 9], resize: 'bicubic' });
  expect(Math.min(...wide)).toBe(0); // bicubic goes below 0 and above 1 beside an edge
  expect(Math.max(...wide)).toBe(1);
});

it('colours are refused where one channel is taken', () => {
  expect(() => inputImages(colour, { ...format, channels: 1 })).toThrow(DataError);
});
