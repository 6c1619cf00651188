import sharp from 'sharp';
import { expect, test } from 'vitest';
import { DataError } from '../../../src/ground/errors.ts';
import { imageGrid } from '../../../src/teachers/data/image-grid.ts';

const grey = (...levels: number[]) => ({
  shape: [levels.length, 2, 2],
  data: Float32Array.from({ length: 4 * levels.length }, (_, i) => levels[Math.floor(i / 4)] ?? 0),
});
const ink = grey(1);

test('images lie row by row with ink dark on white paper', async () => {
  const png = await imageGrid(grey(1, 0, 1, 1), { columns: 2, scale: 1, inverted: true, count: 3 });
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([10, 10]);
  const at = (x: number, y: number) => data[y * info.width + x];
  expect([at(2, 2), at(3, 3), at(6, 2), at(2, 6), at(6, 6)]).toEqual([0, 0, 255, 0, 255]);
});

test('colours are shown as they are, each in its place', async () => {
  const image = { shape: [1, 1, 2, 3], data: Float32Array.of(1, 0, 0.2, 0, 0.6, 1) };
  const png = await imageGrid(image, { columns: 1, scale: 1, inverted: false });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([6, 5, 3]);
  const start = (2 * info.width + 2) * 3;
  expect([...data.subarray(start, start + 9)]).toEqual([255, 0, 51, 0, 153, 255, 255, 255, 255]);
});

test('labels take a strip above the columns', async () => {
  const options = { columns: 1, scale: 10, inverted: true };
  const bare = await sharp(await imageGrid(ink, options)).metadata();
  const png = await imageGrid(ink, { ...options, labels: ['<7>'] });
  const labelled = await sharp(png).metadata();
  expect((labelled.height ?? 0) - (bare.height ?? 0)).toBe(18);
  const strip = await sharp(png).greyscale().extract({ left: 0, top: 0, width: 60, height: 18 }).raw().toBuffer();
  expect(Math.min(...strip)).toBeLessThan(128);
});

test('values that are no whole images are refused', async () => {
  const options = { columns: 1, inverted: true };
  await expect(imageGrid({ shape: [1, 2, 2], data: new Float32Array(5) }, options)).rejects.toThrow(DataError);
  await expect(imageGrid(grey(), options)).rejects.toThrow(DataError);
  await expect(imageGrid({ shape: [1, 2, 2, 2], data: new Float32Array(8) }, options)).rejects.toThrow(DataError);
});
