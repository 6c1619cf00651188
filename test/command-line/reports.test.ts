import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measurementsOf, resolveFor, runFolderOf } from '../../src/command-line/run-reference.ts';
import { recipeText } from '../../src/distillation/recipe/paths.ts';
import { evaluationOf } from '../report/fixture/evaluation.ts';
import { writeRunFolder } from '../report/fixture/run-folder.ts';
import { smallRecipe, smallRecipeText, smallRun } from '../small-recipe.ts';
import { runFewstep } from './run-fewstep.ts';

const home = process.cwd();
/** Figures take a while on a machine that does other things, too. */
const patience = 240_000;
const small = `runs/small-${smallRun().hash}`;
const evaluation = evaluationOf();
const digits = `runs/digits-${evaluation.recipeHash}`;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-reports-'));
  process.chdir(folder);
  await writeFile('small.yaml', smallRecipeText);
  await writeRunFolder(digits, evaluation);
  await writeRunFolder(small, { ...evaluation, recipe: 'small', recipeHash: smallRun().hash });
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe('report', () => {
  test('writes the report of a run from its files alone, where the run itself would', {
    timeout: patience,
  }, async () => {
    const text = await runFewstep('report', digits, '--compact');
    expect(text).toMatch(/\n\nReport {2}reports\/digits\/report\.html$/);
    expect(text).not.toContain('\n\n\n');
    expect(JSON.parse(await readFile('reports/digits/run.json', 'utf8'))).toEqual({
      recipeHash: evaluation.recipeHash,
    });
  });
});

describe('the run that a word names', () => {
  test('is that of a recipe with its overrides, a folder, a file in one, or a report', async () => {
    expect(await runFolderOf('small.yaml')).toBe(small);
    expect(await runFolderOf(digits)).toBe(digits);
    expect(await runFolderOf(`${digits}/evaluation.json`)).toBe(digits);
    expect(await runFolderOf('reports/digits')).toBe(digits);
    expect(await runFolderOf('reports/digits/report.html')).toBe(digits);
    await expect(runFolderOf('small.yaml', ['seeds=[2]'])).rejects.toThrow(
      new RegExp(
        `^runs/small-\\w{12}/evaluation\\.json: expected the measurements of a run, found none; .*; ` +
          `runs of small that are there: ${small} \\(evaluated, less than a minute old\\)$`,
      ),
    );
  });

  test('is the one of its recipe in its folder, too, with other overrides', async () => {
    await writeFile(`${small}/recipe.resolved.yaml`, recipeText(smallRecipe()));
    expect((await resolveFor('distill', small, [])).hash).toBe(smallRun().hash);
    expect((await resolveFor('distill', small, ['seeds=[2]'])).hash).toBe(smallRun('seeds=[2]').hash);
    await writeFile(`${small}/recipe.resolved.yaml`, recipeText(smallRecipe('seeds=[3]')));
    await expect(resolveFor('distill', small, [])).rejects.toThrow(`${small}: its recipe is now small-`);
  });

  test('is told to be missing where it is', async () => {
    await expect(runFolderOf('nowhere')).rejects.toThrow('nowhere: expected a recipe, the folder of a run or a report');
    await mkdir('of-another-machine');
    await writeFile('of-another-machine/run.json', '{"recipeHash":"0123"}');
    await expect(runFolderOf('of-another-machine')).rejects.toThrow('expected its run as runs/*-0123, found none');
  });

  test('is missing of a report that came alone, which is left as it is and can be compared', async () => {
    await mkdir('reports/alone');
    const [page, copy] = ['<p>as it was', `${JSON.stringify({ ...evaluation, recipeHash: 'ef3aca1afdb9' })}\n`];
    await writeFile('reports/alone/report.html', page);
    await writeFile('reports/alone/evaluation.json', copy);
    const before = await readdir('reports');
    for (const command of ['report', 'export', 'sample'])
      await expect(runFewstep(command, 'reports/alone')).rejects.toThrow(
        'reports/alone: expected its run as runs/*-ef3aca1afdb9, found none',
      );
    expect(await readFile('reports/alone/report.html', 'utf8')).toBe(page);
    expect(await readdir('reports')).toEqual(before);
    expect(await measurementsOf('reports/alone')).toEqual({ folder: 'reports/alone' });
  });

  test('is not needed to compare reports, which have a copy of the measurements', async () => {
    expect(await measurementsOf('reports/digits')).toEqual({ folder: 'reports/digits' });
    expect(await measurementsOf('small.yaml')).toEqual({ folder: small });
  });
});

describe('compare', () => {
  test('prints a table of both runs and writes it as CSV, page and figure', { timeout: patience }, async () => {
    const text = await runFewstep('compare', 'reports/digits', 'small.yaml');
    const [titles, , ...lines] = text.split('\n');
    expect(titles).toMatch(/^Steps\s+NFE\s+Run\s+Head\s+/);
    for (const name of ['digits', 'small']) expect(lines.some((line) => line.includes(` ${name} `))).toBe(true);
    expect((await readdir('comparison')).sort()).toEqual([
      ...['forwards.png', 'forwards.svg'].map((end) => `comparison-${end}`),
      ...['csv', 'html', 'png', 'svg', 'txt'].map((extension) => `comparison.${extension}`),
    ]);
  });

  test('refuses a run that is named twice', async () => {
    await expect(runFewstep('compare', digits, `${digits}/evaluation.json`)).rejects.toThrow(
      'evaluation.json: expected different runs, got this one twice',
    );
  });
});
