import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FileError } from '../../../src/ground/errors.ts';
import { formatJson, readJson, writeJson } from '../../../src/ground/file/json.ts';

const schema = z.strictObject({ step: z.int(), losses: z.array(z.number()) });
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-json-'));
  path = join(folder, 'file.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('readJson and writeJson', () => {
  it('gives back what was written', async () => {
    await writeJson(path, schema, { step: 3, losses: [0.5, 1e-9] });
    expect(await readJson(path, schema)).toEqual({ step: 3, losses: [0.5, 1e-9] });
  });

  it.each([
    ['{"step": 1, "losses": [0, "x"]}', /file\.json: losses\.1: .*expected number/],
    ['{"step": 1, "losses": [], "more": 1}', /file\.json: .*more/],
    ['{"step": 1, ', /file\.json: not valid JSON: /],
    ['', /file\.json: not valid JSON: /],
  ])('refuses %s', async (text, message) => {
    await writeFile(path, text);
    await expect(readJson(path, schema)).rejects.toThrow(message);
    await expect(readJson(path, schema)).rejects.toThrow(FileError);
  });

  it('refuses bytes that are not UTF-8', async () => {
    await writeFile(path, Uint8Array.of(0x22, 0xff, 0x22));
    await expect(readJson(path, z.string())).rejects.toThrow('not valid JSON: the text is not UTF-8');
  });

  it('says that a file is not there', async () => {
    await expect(readJson(path, schema)).rejects.toThrow(`${path}: cannot be read: no such file or folder (ENOENT)`);
  });

  it('does not turn a NaN into null', async () => {
    await expect(writeJson(path, schema, { step: 1, losses: [Number.NaN] })).rejects.toThrow(FileError);
    expect(() => formatJson('x.json', { a: { b: Number.POSITIVE_INFINITY } })).toThrow(
      'x.json: cannot be written: "b" must be finite, got Infinity',
    );
  });
});
