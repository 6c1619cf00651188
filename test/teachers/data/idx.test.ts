import { expect, test } from 'vitest';
import { DataError } from '../../../src/ground/errors.ts';
import { parseIdx } from '../../../src/teachers/data/idx.ts';

const file = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const twoByThree = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

test('reads sizes and values of unsigned bytes', () => {
  const array = parseIdx(file(...twoByThree), 'x');
  expect(array.shape).toEqual([2, 3]);
  expect([...array.data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test.each([
  ['an empty file', file(), 'x: expected an IDX file, got 0 bytes'],
  ['other leading bytes', file(31, 139, 8, 1), 'x: expected an IDX file, got other leading bytes'],
  ['another element type', file(0, 0, 13, 1, 0, 0, 0, 0), 'x: expected unsigned bytes (type 8), got type 13'],
  ['no dimensions', file(0, 0, 8, 0), 'x: expected 1–4 dimensions, got 0'],
  ['too many dimensions', file(0, 0, 8, 200), 'x: expected 1–4 dimensions, got 200'],
  ['a cut header', file(0, 0, 8, 2, 0, 0), 'x: expected a header of 12 bytes, got 6'],
  ['missing values', file(...twoByThree.slice(0, -1)), 'x: expected 6 values for shape [2, 3], got 5'],
  ['left-over values', file(...twoByThree, 7), 'x: expected 6 values for shape [2, 3], got 7'],
  [
    'sizes that overflow',
    file(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255),
    'x: expected 18446744065119617000 values for shape [4294967295, 4294967295], got 0',
  ],
])('refuses %s', (_, bytes, message) => {
  expect(() => parseIdx(bytes, 'x')).toThrow(new DataError(message));
});
