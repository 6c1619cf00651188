import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { namesIn, replaceFolder } from '../../../src/ground/file/replace-folder.ts';

let base = '';
const at = (...names: string[]): string => join(base, ...names);
const fill = (name: string) => (staging: string) => writeFile(join(staging, name), name);

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-replace-'));
});
afterAll(() => rm(base, { recursive: true }));

it('makes a folder and those above it, and puts another in its place', async () => {
  await replaceFolder(at('deep', 'a'), fill('one'));
  await replaceFolder(at('deep', 'a'), fill('two'));
  expect(await readdir(at('deep'))).toEqual(['a']);
  expect(await readdir(at('deep', 'a'))).toEqual(['two']);
});

it('leaves all as it was where the content could not be written', async () => {
  await replaceFolder(at('kept'), fill('one'));
  const before = await readdir(base);
  const fails = replaceFolder(at('kept'), async (staging) => {
    await fill('half')(staging);
    throw new Error('no more');
  });
  await expect(fails).rejects.toThrow('no more');
  expect(await readdir(base)).toEqual(before);
  expect(await readFile(at('kept', 'one'), 'utf8')).toBe('one');
});

it('follows a link to the folder', async () => {
  await mkdir(at('real'));
  await symlink(at('real'), at('link'));
  await replaceFolder(at('link'), fill('one'));
  expect(await readdir(at('real'))).toEqual(['one']);
});

it('names what is in a folder, and refuses a file', async () => {
  await writeFile(at('file'), '');
  expect(await namesIn(at('nowhere'))).toEqual([]);
  await expect(namesIn(at('file'))).rejects.toThrow(FileError);
});
