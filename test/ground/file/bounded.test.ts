import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAtMost, readBounded } from '../../../src/ground/file/bounded.ts';

let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'fewstep-bounded-')), 'file');
  await writeFile(path, Buffer.alloc(200_000, 7));
});
afterAll(() => rm(join(path, '..'), { recursive: true }));

it('gives a file of as many bytes as are allowed, and none that has one more', async () => {
  expect(Buffer.from((await readAtMost(path, 200_000)) ?? []).equals(Buffer.alloc(200_000, 7))).toBe(true);
  expect(await readAtMost(path, 199_999)).toBeUndefined();
  await expect(readBounded(path, 199_999)).rejects.toThrow(`${path}: expected at most 199999 bytes, got more`);
});

it('stops in a file without an end', async () => {
  expect(await readAtMost('/dev/zero', 1 << 20)).toBeUndefined();
});
