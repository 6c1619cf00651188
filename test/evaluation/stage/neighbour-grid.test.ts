import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { writeNeighbourGrid } from '../../../src/evaluation/stage/neighbour-grid.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-neighbours-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Images of one pixel, a level each, whose feature is another number. */
const images = (...levels: number[]) => ({ shape: [levels.length, 1, 1], data: Float32Array.from(levels) });
const features = (...values: number[]) => ({ shape: [values.length, 1], data: Float32Array.from(values) });
const samples = { images: images(0.1, 0.2, 0.3), features: features(0, 10, 20) };
const reference = {
  trained: features(21, 5, 9.5),
  real: prepareRows(features(14, 0.5, 23), 1),
  pictures: { trained: images(0.4, 0.5, 0.6), real: images(0.7, 0.8, 0.9) },
};

it('shows the samples that look most like copies, below each its trained and its other neighbour', async () => {
  const path = join(folder, 'some.png');
  expect(await writeNeighbourGrid(path, samples, reference, false)).toBe(true);
  const { data, info } = await sharp(path).greyscale().raw().toBuffer({ resolveWithObject: true });
  const at = (column: number, row: number) => (data[2 * (2 + 3 * row) * info.width + 2 * (2 + 3 * column)] ?? 0) / 255;
  const grid = [0, 1, 2].map((row) => [0, 1, 2].map((column) => Number(at(column, row).toFixed(1))));
  expect(grid).toEqual([
    [0.2, 0.3, 0.1],
    [0.6, 0.4, 0.5],
    [0.7, 0.9, 0.8],
  ]);
});

it('shows nothing where trained images are not known', async () => {
  const path = join(folder, 'none.png');
  const { trained: _, ...without } = reference;
  expect(await writeNeighbourGrid(path, samples, without, false)).toBe(false);
  expect(existsSync(path)).toBe(false);
});
