import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError } from '../../../src/ground/errors.ts';
import { fromPatches, tokensPerImage, toPatches } from '../../../src/teachers/data/patches.ts';

test('patches come in raster order, pixels of a patch too', () => {
  const image = Uint8Array.from({ length: 16 }, (_, i) => i);
  expect([...toPatches(image, { image: 4, patch: 2 })]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
});

test('there and back is the identity for any images', () => {
  const grids = fc.constantFrom({ image: 4, patch: 2 }, { image: 6, patch: 3 }, { image: 3, patch: 1 });
  fc.assert(
    fc.property(grids, fc.integer({ min: 1, max: 3 }), fc.infiniteStream(fc.nat(255)), (grid, count, numbers) => {
      const images = Uint8Array.from({ length: count * grid.image ** 2 }, () => numbers.next().value);
      expect(fromPatches(toPatches(images, grid), grid)).toEqual(images);
      expect(toPatches(fromPatches(Float32Array.from(images), grid), grid)).toEqual(Float32Array.from(images));
    }),
  );
});

test('a Buffer is read, not changed', () => {
  const image = Buffer.from(Uint8Array.from({ length: 16 }, (_, i) => i));
  toPatches(image, { image: 4, patch: 2 });
  expect(image[2]).toBe(2);
});

test('patches that do not tile the image and images that are not whole are refused', () => {
  expect(tokensPerImage({ image: 28, patch: 7 })).toBe(16);
  expect(() => tokensPerImage({ image: 28, patch: 5 })).toThrow(
    new DataError('patch: expected a divisor of 28, got 5'),
  );
  expect(() => toPatches(new Uint8Array(15), { image: 4, patch: 2 })).toThrow(DataError);
});
