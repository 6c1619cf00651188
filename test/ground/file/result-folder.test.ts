import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { markResults, readRecipeHash, resultFolder } from '../../../src/ground/file/result-folder.ts';

const hash = '0123456789ab';
let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'fewstep-results-'));
});
afterEach(() => rm(base, { recursive: true }));

const folder = () => resultFolder(base, 'digits', hash);
const dead = 2 ** 22 + 1;

describe('a folder of results', () => {
  it('is the plain one where there is none, or an empty one that a kill left before the mark', async () => {
    expect(await folder()).toBe(join(base, 'digits'));
    await mkdir(join(base, 'digits'));
    expect(await folder()).toBe(join(base, 'digits'));
    await writeFile(join(base, `digits/.run.json.${dead}-0-0.tmp`), '{');
    expect(await folder()).toBe(join(base, 'digits'));
  });

  it('is another where the plain one is of another recipe, has no mark, or is a file', async () => {
    await markResults(join(base, 'digits'), 'ffffffffffff');
    expect(await folder()).toBe(join(base, `digits-${hash}`));
    await rm(join(base, 'digits/run.json'));
    await writeFile(join(base, 'digits/thesis.pdf'), '');
    expect(await folder()).toBe(join(base, `digits-${hash}`));
    await rm(join(base, 'digits'), { recursive: true });
    await writeFile(join(base, 'digits'), '');
    expect(await folder()).toBe(join(base, `digits-${hash}`));
  });

  it('is cleared of what killed processes left, not of what one that runs is writing', async () => {
    const figures = join(base, 'digits/figures');
    await mkdir(figures, { recursive: true });
    const own = `.speed.svg.${process.pid}-0-1.tmp`;
    for (const name of [`.loss.svg.${dead}-0-1.tmp`, own, 'loss.svg']) await writeFile(join(figures, name), '');
    await markResults(join(base, 'digits'), hash);
    expect((await readdir(figures)).sort()).toEqual([own, 'loss.svg']);
  });

  it.each(['../../x', '', 'ABCDEF'])(
    'refuses the mark of the recipe hash %j with the file and the field',
    async (recipeHash) => {
      const mark = join(base, 'run.json');
      await writeFile(mark, JSON.stringify({ recipeHash }));
      await expect(readRecipeHash(mark)).rejects.toThrow(`${mark}: recipeHash: expected a hash in hexadecimal`);
    },
  );
});
