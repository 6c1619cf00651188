import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { readNpy, writeNpy } from '../../../src/ground/file/npy.ts';
import { stream } from '../../../src/ground/random/philox.ts';

/** A file as numpy.save (2.4) writes it: the dictionary filled up with spaces to byte 127, a newline, the data. */
const npy = (dictionary: string, data: string): Buffer =>
  Buffer.concat([
    Buffer.from('934e554d505901007600', 'hex'),
    Buffer.from(`${dictionary.padEnd(117)}\n`),
    Buffer.from(data, 'hex'),
  ]);
const header = (description: string, shape: string, order = 'False') =>
  `{'descr': '${description}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-npy-'));
  path = join(folder, 'a.npy');
});
afterEach(() => rm(folder, { recursive: true }));

const matrix = { shape: [2, 2], data: Float32Array.of(1.5, -2, 3, Number.POSITIVE_INFINITY) };
const matrixFile = npy(header('<f4', '(2, 2)'), '0000c03f000000c0000040400000807f');

describe('readNpy', () => {
  it.each([
    ['<f4', '(2, 2)', '0000c03f000000c0000040400000807f', matrix],
    ['<i4', '()', '07000000', { shape: [], data: Int32Array.of(7) }],
    ['|u1', '(3,)', '0102ff', { shape: [3], data: Uint8Array.of(1, 2, 255) }],
    ['<i8', '(2,)', '0100000000000000fdffffffffffffff', { shape: [2], data: Int32Array.of(1, -3) }],
    ['<f8', '(2,)', '9a9999999999b93f9c7500883ce4377e', { shape: [2], data: Float32Array.of(0.1, Infinity) }],
    ['<f2', '(2,)', '0038ff7b', { shape: [2], data: Float32Array.of(0.5, 65504) }],
    ['|b1', '(2,)', '0100', { shape: [2], data: Uint8Array.of(1, 0) }],
    ['<f4', '(0, 3)', '', { shape: [0, 3], data: new Float32Array(0) }],
  ])('reads what NumPy saves as %s %s', async (description, shape, data, tensor) => {
    await writeFile(path, npy(header(description, shape), data));
    expect(await readNpy(path)).toEqual(tensor);
  });

  it.each([
    ['column-major', npy(header('<f4', '(2, 3)', 'True'), '00'.repeat(24)), 'column-major (fortran_order)'],
    ['complex', npy(header('<c16', '(1,)'), '00'.repeat(16)), 'elements of type <c16, expected <f2, <f4'],
    ['big-endian', npy(header('>f4', '(1,)'), '00'.repeat(4)), 'elements of type >f4'],
    ['an inherited name', npy(header('toString', '(1,)'), '00'), 'elements of type toString'],
    ['short', npy(header('<f4', '(2,)'), '00'.repeat(7)), 'expected 8 bytes for shape [2], got 7'],
    ['long', npy(header('<f4', '(2,)'), '00'.repeat(9)), 'expected 8 bytes for shape [2], got 9'],
    ['huge', npy(header('<f4', '(999999999999999, 999999999999999)'), ''), 'expected more bytes for shape'],
    ['code', npy(`{'descr': __import__('os')}`, ''), 'not a header of .npy'],
    ['a wide integer', npy(header('<i8', '(1,)'), '0000000001000000'), 'holds 4294967296, which does not fit 32 bits'],
    ['no truth value', npy(header('|b1', '(1,)'), '02'), 'holds the byte 2, expected 0 or 1'],
    ['version 9', Buffer.from('934e554d505909007600'.padEnd(40, '0'), 'hex'), 'version 9 of .npy'],
    ['cut off', matrixFile.subarray(0, 40), 'is cut off: its header ends at byte 128 of 40'],
    ['another format', Buffer.from('P6 12 12 255 and more'), 'not a .npy file'],
    ['empty', Buffer.alloc(0), 'not a .npy file'],
  ])('refuses a file that is %s', async (_, bytes, message) => {
    await writeFile(path, bytes);
    await expect(readNpy(path)).rejects.toThrow(message);
    await expect(readNpy(path)).rejects.toThrow(FileError);
  });

  it('gives valid data or a FileError whatever bits of a file are turned', async () => {
    const random = stream('npy fuzz');
    for (let i = 0; i < 400; i++) {
      const bytes = Buffer.from(matrixFile);
      for (const bit of random.integers(2, bytes.length * 8))
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await writeFile(path, bytes);
      const result = await readNpy(path).catch((error) => error);
      if (!(result instanceof FileError))
        expect(result.shape.reduce((a: number, b: number) => a * b, 1)).toBe(result.data.length);
    }
  });
});

describe('writeNpy', () => {
  it('writes the bytes that NumPy writes', async () => {
    await writeNpy(path, matrix);
    expect(await readFile(path)).toEqual(matrixFile);
    await writeNpy(path, { shape: [3], data: Uint8Array.of(1, 2, 255) });
    expect(await readFile(path)).toEqual(npy(header('|u1', '(3,)'), '0102ff'));
  });

  it('refuses data that does not fill its shape', async () => {
    await expect(writeNpy(path, { shape: [3], data: new Float32Array(2) })).rejects.toThrow(
      '2 elements do not fill shape [3]',
    );
  });
});
