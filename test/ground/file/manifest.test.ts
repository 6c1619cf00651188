import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FileError } from '../../../src/ground/errors.ts';
import { completeStage, readStage } from '../../../src/ground/file/manifest.ts';

const factsSchema = z.strictObject({ rows: z.int() });
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-manifest-'));
  await writeFile(join(folder, 'b.bin'), 'abc');
  await writeFile(join(folder, 'a.bin'), 'hello');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a stage', () => {
  it('is not complete without a manifest', async () => {
    expect(await readStage(folder, factsSchema)).toBeUndefined();
    expect(await readStage(join(folder, 'not there'), factsSchema)).toBeUndefined();
  });

  it('gives back its files, sorted, and its facts', async () => {
    await completeStage(folder, ['b.bin', 'a.bin'], { rows: 7 });
    const stage = await readStage(folder, factsSchema, { verify: true });
    expect(stage?.facts).toEqual({ rows: 7 });
    expect(stage?.files).toEqual([
      { path: 'a.bin', bytes: 5, sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' },
      { path: 'b.bin', bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
    ]);
  });

  it('names a file that is missing, short or changed, and says what to do', async () => {
    await completeStage(folder, ['a.bin', 'b.bin'], { rows: 7 });
    await writeFile(join(folder, 'b.bin'), 'abd');
    expect(await readStage(folder, factsSchema)).toBeDefined();
    await expect(readStage(folder, factsSchema, { verify: true })).rejects.toThrow(
      `${join(folder, 'b.bin')}: is damaged: its content is not what was written; delete ` +
        `${join(folder, 'manifest.json')} and run the same command again: what is whole is kept, the rest is made anew`,
    );
    await truncate(join(folder, 'b.bin'), 2);
    await expect(readStage(folder, factsSchema)).rejects.toThrow('b.bin: is damaged: expected 3 bytes, got 2; delete');
    await rm(join(folder, 'a.bin'));
    await expect(readStage(folder, factsSchema)).rejects.toThrow('a.bin: is missing though its stage is complete');
    expect((await readStage(folder, factsSchema, { here: false }))?.facts).toEqual({ rows: 7 });
  });

  it.each([
    [
      '{"format": 1, "files": [], "facts": {"rows": 1.5}}',
      /facts: rows: .*expected int.*; delete .* and run the same command again/,
    ],
    ['{"format": 1, "files": [], "facts"', /not valid JSON/],
    ['{"format": 2, "files": [], "facts": {"rows": 1}}', /format: .*expected 1/],
    [
      '{"format": 1, "files": [{"path": "../../etc/passwd", "bytes": 1, "sha256": ""}], "facts": {"rows": 1}}',
      /files\.0\.path: expected a path inside the stage folder/,
    ],
  ])('refuses the manifest %s', async (text, message) => {
    await writeFile(join(folder, 'manifest.json'), text);
    await expect(readStage(folder, factsSchema)).rejects.toThrow(message);
    await expect(readStage(folder, factsSchema)).rejects.toThrow(FileError);
  });

  it('that had a byte changed is refused, wherever the byte is', async () => {
    await completeStage(folder, ['a.bin', 'b.bin'], { rows: 7 });
    const path = join(folder, 'manifest.json');
    const bytes = await readFile(path);
    for (const [place, byte] of bytes.entries()) {
      if (byte === 0x20 || byte === 0x0a) continue; // another space is the same JSON
      await writeFile(path, bytes.with(place, byte ^ 1));
      await expect(readStage(folder, factsSchema), `byte ${place}`).rejects.toThrow(FileError);
    }
    await writeFile(path, bytes.toString().replace('"rows": 7', '"rows": 8'));
    await expect(readStage(folder, factsSchema)).rejects.toThrow(/manifest\.json: is damaged: .*what is whole is kept/);
  });

  it('is not declared complete when one of its files is missing', async () => {
    await expect(completeStage(folder, ['a.bin', 'c.bin'], { rows: 7 })).rejects.toThrow('c.bin: cannot be read');
    expect((await readdir(folder)).sort()).toEqual(['a.bin', 'b.bin']);
  });
});
