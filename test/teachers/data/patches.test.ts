import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError } from '../../../src/ground/errors.ts';
import { imageLength } from '../../../src/teachers/data/image-data-set.ts';
import {
  fromPatches,
  type PatchGrid,
  tokenLength,
  tokensPerImage,
  toPatches,
} from '../../../src/teachers/data/patches.ts';

const square = (side: number, patch: number): PatchGrid => ({ size: [side, side], channels: 1, patch });
const wide: PatchGrid = { size: [2, 4], channels: 3, patch: 2 };

test('patches come in raster order, pixels of a patch too', () => {
  const image = Uint8Array.from({ length: 16 }, (_, i) => i);
  expect([...toPatches(image, square(4, 2))]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
});

test('a pixel keeps its channels together, in images that are wider than high', () => {
  const image = Uint8Array.from({ length: 24 }, (_, i) => i);
  const left = [0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17];
  expect([...toPatches(image, wide)]).toEqual([...left, ...left.map((value) => value + 6)]);
  expect([tokensPerImage(wide), tokenLength(wide)]).toEqual([2, 12]);
});

test('there and back is the identity for any images', () => {
  const grids = fc.constantFrom(square(4, 2), square(6, 3), square(3, 1), wide);
  fc.assert(
    fc.property(grids, fc.integer({ min: 1, max: 3 }), fc.infiniteStream(fc.nat(255)), (grid, count, numbers) => {
      const images = Uint8Array.from({ length: count * imageLength(grid) }, () => numbers.next().value);
      expect(fromPatches(toPatches(images, grid), grid)).toEqual(images);
      expect(toPatches(fromPatches(Float32Array.from(images), grid), grid)).toEqual(Float32Array.from(images));
    }),
  );
});

test('a Buffer is read, not changed', () => {
  const image = Buffer.from(Uint8Array.from({ length: 16 }, (_, i) => i));
  toPatches(image, square(4, 2));
  expect(image[2]).toBe(2);
});

test('patches that do not tile the image and images that are not whole are refused', () => {
  expect(tokensPerImage(square(28, 7))).toBe(16);
  expect(() => tokensPerImage(square(28, 5))).toThrow(new DataError('patch: expected a divisor of 28, got 5'));
  expect(() => toPatches(new Uint8Array(15), square(4, 2))).toThrow(DataError);
});
