import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { markResults, resultFolder } from '../../src/file/result-folder.ts';

const [hash, other] = ['0123456789ab', 'ba9876543210'];
let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-results-'));
});
afterEach(() => rm(base, { recursive: true }));

it('is the plain one where there is none, and where it is of the same run', async () => {
  expect(await resultFolder(base, 'smoke', hash)).toBe(join(base, 'smoke'));
  await markResults(join(base, 'smoke'), hash);
  expect(await resultFolder(base, 'smoke', hash)).toBe(join(base, 'smoke'));
});

it("leaves another run's folder, and one whose origin is unknown, alone", async () => {
  await markResults(join(base, 'smoke'), other);
  expect(await resultFolder(base, 'smoke', hash)).toBe(join(base, `smoke-${hash}`));
  await mkdir(join(base, 'digits'));
  await writeFile(join(base, 'digits', 'thesis.tex'), '');
  expect(await resultFolder(base, 'digits', hash)).toBe(join(base, `digits-${hash}`));
  await writeFile(join(base, 'file'), '');
  expect(await resultFolder(base, 'file', hash)).toBe(join(base, `file-${hash}`));
});

it('is the plain one where a kill left it without its mark', async () => {
  await mkdir(join(base, 'smoke'));
  expect(await resultFolder(base, 'smoke', hash)).toBe(join(base, 'smoke'));
  await writeFile(join(base, 'smoke', '.run.json.4711-0-3.tmp'), '{"recipeH');
  expect(await resultFolder(base, 'smoke', hash)).toBe(join(base, 'smoke'));
});

it('tells what is wrong with a mark', async () => {
  await mkdir(join(base, 'smoke'));
  await writeFile(join(base, 'smoke', 'run.json'), '{"recipeHash":"../x"}');
  await expect(resultFolder(base, 'smoke', hash)).rejects.toThrow(/run\.json: recipeHash: expected a hash/);
});
