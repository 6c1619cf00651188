import sharp from 'sharp';
import { expect, test } from 'vitest';
import { DataError } from '../../../src/ground/errors.ts';
import { imageGrid } from '../../../src/teachers/data/image-grid.ts';

const black = new Uint8Array(4).fill(255);
const white = new Uint8Array(4);

test('images lie row by row with ink dark on white paper', async () => {
  const png = await imageGrid(Uint8Array.from([...black, ...white, ...black]), { size: 2, columns: 2, scale: 1 });
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([10, 10]);
  const at = (x: number, y: number) => data[y * info.width + x];
  expect([at(2, 2), at(3, 3), at(6, 2), at(2, 6), at(6, 6)]).toEqual([0, 0, 255, 0, 255]);
});

test('labels take a strip above the columns', async () => {
  const bare = await sharp(await imageGrid(black, { size: 2, columns: 1, scale: 10 })).metadata();
  const png = await imageGrid(black, { size: 2, columns: 1, scale: 10, labels: ['<7>'] });
  const labelled = await sharp(png).metadata();
  expect((labelled.height ?? 0) - (bare.height ?? 0)).toBe(18);
  const strip = await sharp(png).greyscale().extract({ left: 0, top: 0, width: 60, height: 18 }).raw().toBuffer();
  expect(Math.min(...strip)).toBeLessThan(128);
});

test('bytes that are no whole images are refused', async () => {
  await expect(imageGrid(new Uint8Array(5), { size: 2, columns: 1 })).rejects.toThrow(DataError);
  await expect(imageGrid(new Uint8Array(0), { size: 2, columns: 1 })).rejects.toThrow(DataError);
});
