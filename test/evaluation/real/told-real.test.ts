import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkToldReal, readToldReal } from '../../../src/evaluation/real/told-real.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';

const fixture = (name: string): string => `test/fixtures/statistics/${name}.npz`;

async function imagesOf(path: string, channels: 1 | 3) {
  const told = await readToldReal(path, channels);
  const batches = [];
  if ('images' in told) for await (const batch of told.images) batches.push(batch);
  return batches;
}

describe('statistics of other programs', () => {
  // numpy's own numbers of the file
  const mean = [0.8499553302338112, 1.0194889743799138, 1.2407837823760715, 1.021371545479179];
  const variance = [2.943659046567517, -1.3283504593867346, -1.898948726233513, 0.43209172187429573];

  it('are read in float64, stored or deflated', async () => {
    const told = await readToldReal(fixture('fid'), 1);
    if (!('moments' in told)) throw new Error('no moments');
    expect(told.hash).toBe(await sha256File(fixture('fid')));
    expect([...told.moments.mean]).toEqual(mean);
    expect([...told.moments.covariance.subarray(0, 4)]).toEqual(variance);
    expect(told.moments.covariance).toHaveLength(16);
    const deflated = await readToldReal(fixture('deflated'), 3);
    expect('moments' in deflated && deflated.moments).toEqual(told.moments);
    await expect(checkToldReal(fixture('fid'))).resolves.toBeUndefined();
  });

  it('with images give these', async () => {
    const batches = await imagesOf(fixture('adm'), 1);
    expect(batches.map(({ shape }) => shape)).toEqual([[45, 6, 6]]);
    const colours = await imagesOf(fixture('colours'), 3);
    expect(colours.map(({ shape }) => shape)).toEqual([[24, 4, 5, 3]]);
    const bytes = Array.from(colours[0]?.data ?? [], (value) => Math.round(255 * value));
    expect([bytes.slice(0, 6), bytes.slice(-3)]).toEqual([
      [77, 142, 163, 108, 23, 52],
      [10, 31, 208],
    ]);
    expect(bytes.reduce((a, b) => a + b)).toBe(183_468);
  });

  it.each([
    ['objects', '"mu.npy": elements of type |O, expected <f2, <f4, <f8, <i4, <i8, |u1, |b1'],
    ['fortran', '"sigma.npy": column-major (fortran_order), expected row-major'],
    ['skewed', '"sigma.npy": expected a symmetric matrix, got another value at [1, 0] than at [0, 1]'],
    ['not-finite', '"mu.npy": expected finite numbers, got NaN at element 0'],
    ['negative', '"sigma.npy": expected a covariance, got the variance -'],
    ['other-size', '"sigma.npy": expected [3, 3], got [4, 4]'],
    ['nothing', 'expected an array mu, got weights'],
  ])('of %s are refused in one line', async (name, message) => {
    await expect(readToldReal(fixture(name), 1)).rejects.toThrow(`${fixture(name)}: ${message}`);
  });

  it('without anything to compare with are refused at once', async () => {
    await expect(checkToldReal(fixture('nothing'))).rejects.toThrow(
      `${fixture('nothing')}: expected arrays mu and sigma, or images arr_0, got weights`,
    );
    await expect(checkToldReal('README.md')).rejects.toThrow('README.md: is cut off: a zip file');
  });

  it.each([
    ['floats', 3, 'expected images [N, height, width, 3] of bytes, got F64 [24, 4, 5, 3]'],
    ['colours', 1, 'expected images [N, height, width, 1] of bytes, got U8 [24, 4, 5, 3]'],
  ] as const)('with images of %s for %i channels are refused', async (name, channels, message) => {
    await expect(imagesOf(fixture(name), channels)).rejects.toThrow(`${fixture(name)}: "arr_0.npy": ${message}`);
  });
});

describe('a folder of pictures', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fewstep-pictures-'));
    for (let i = 0; i < 70; i++) {
      const size = i < 66 ? 4 : 6;
      const raw = { width: size, height: size, channels: 3 } as const;
      const name = `picture-${String(i).padStart(2, '0')}.png`;
      await sharp(Buffer.alloc(size * size * 3, i), { raw })
        .png()
        .toFile(join(folder, name));
    }
    await writeFile(join(folder, 'notes.txt'), 'no picture');
    await symlink('/etc/hostname', join(folder, 'link.png'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives its pictures in the order of their names, a few of one size at a time', async () => {
    const batches = await imagesOf(folder, 3);
    expect(batches.map(({ shape }) => shape)).toEqual([
      [64, 4, 4, 3],
      [2, 4, 4, 3],
      [4, 6, 6, 3],
    ]);
    const first = batches.flatMap(({ shape: [count = 0], data }) =>
      Array.from({ length: count }, (_, i) => Math.round(255 * (data[(i * data.length) / count] ?? 0))),
    );
    expect(first).toEqual(Array.from({ length: 70 }, (_, i) => i));
    expect((await imagesOf(folder, 1)).map(({ shape }) => shape)).toEqual([
      [64, 4, 4],
      [2, 4, 4],
      [4, 6, 6],
    ]);
  });

  it('is another one where a byte of a picture is', async () => {
    const before = (await readToldReal(folder, 3)).hash;
    await copyFile(join(folder, 'picture-01.png'), join(folder, 'picture-00.png'));
    expect((await readToldReal(folder, 3)).hash).not.toBe(before);
  });

  it('is refused without pictures, and with what only calls itself one', async () => {
    const other = await mkdtemp(join(folder, 'other-'));
    await expect(checkToldReal(other)).rejects.toThrow(`${other}: expected 2 to 1000000 PNG or JPEG files, got 0`);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>';
    for (const name of ['a.png', 'b.png']) await writeFile(join(other, name), svg);
    await expect(imagesOf(other, 3)).rejects.toThrow(`${join(other, 'a.png')}: expected a PNG or JPEG file`);
    await writeFile(join(other, 'a.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]));
    await expect(imagesOf(other, 3)).rejects.toThrow(/^[^\n]*a\.png: expected a whole picture[^\n]*$/);
  });
});
