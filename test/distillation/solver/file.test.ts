import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FittedSolver,
  fitPath,
  fittedHash,
  keptFitted,
  writeFitted,
} from '../../../src/distillation/solver/file.ts';
import { FileError } from '../../../src/ground/errors.ts';

const origin = { teacher: 'teacher', cache: 'cache', request: 'request' };
const fitted: FittedSolver = {
  ...{ format: 1, fit: 'weights', solver: 'bns', steps: 2, times: [0, 0.4, 1], from: 'ab2', origin },
  weights: [
    [1, 0.4],
    [0.9, 0.3, 0.7],
  ],
  ...{ error: 0.1, before: 0.2, paths: 80, pathForwards: 5120, forwards: 9920, seconds: 3, updates: 600 },
};

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-fitted-'));
  path = fitPath(folder, fitted);
  await writeFitted(path, fitted);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a fitted solver in its file', () => {
  it('is named by solver, what was fitted and steps, and read back as it was', async () => {
    expect(path).toBe(join(folder, 'bns-weights-2.json'));
    expect(await keptFitted(path, origin)).toEqual(fitted);
    expect(await keptFitted(join(folder, 'none.json'), origin)).toBeUndefined();
  });

  it.each(['teacher', 'cache', 'request'] as const)('is not kept of another %s', async (name) => {
    expect(await keptFitted(path, { ...origin, [name]: 'another' })).toBeUndefined();
  });

  it('is not kept where a number is another than was written', async () => {
    const damaged = join(folder, 'damaged.json');
    const text = await readFile(path, 'utf8');
    await writeFile(damaged, text.replace('0.9', '0.8'));
    expect(await keptFitted(damaged, origin)).toBeUndefined();
  });

  it.each<[string, Partial<FittedSolver>]>([
    ['times that fall', { times: [0, 1, 0.4] }],
    ['too few times', { times: [0, 1] }],
    [
      'a weight too few',
      {
        weights: [
          [1, 0.4],
          [0.9, 0.3],
        ],
      },
    ],
    [
      'a row too many',
      {
        weights: [
          [1, 0.4],
          [0.9, 0.3, 0.7],
          [1, 0, 0, 0],
        ],
      },
    ],
    ['weights of times alone', { fit: 'times', solver: 'euler' }],
    ['an infinite error', { error: Number.POSITIVE_INFINITY }],
  ])('is not written with %s', async (_, change) => {
    await expect(writeFitted(join(folder, 'refused.json'), { ...fitted, ...change })).rejects.toThrow(FileError);
  });

  it('is known by what it does', () => {
    expect(fittedHash({ ...fitted, seconds: 7, error: 0 })).toBe(fittedHash(fitted));
    expect(fittedHash({ ...fitted, times: [0, 0.5, 1] })).not.toBe(fittedHash(fitted));
    expect(
      fittedHash({
        ...fitted,
        weights: [
          [1, 0.4],
          [0.9, 0.3, 0.8],
        ],
      }),
    ).not.toBe(fittedHash(fitted));
    expect(fittedHash({ ...fitted, solver: 'euler' })).not.toBe(fittedHash(fitted));
  });
});
