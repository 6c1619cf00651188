import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/ground/file/safetensors.ts';
import { smallRecipeText, smallRun } from '../small-recipe.ts';
import { runFewstep } from './run-fewstep.ts';

const home = process.cwd();
/** Stages start workers, which takes a while on a machine that does other things, too. */
const patience = 240_000;
const run = `runs/small-${smallRun().hash}`;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-stages-'));
  await writeFile(join(folder, 'small.yaml'), smallRecipeText);
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

const changed = async (path: string): Promise<number> => (await stat(path)).mtimeMs;

describe('the stages of a run, one by one', () => {
  test('are refused where they need what is not there yet', async () => {
    await expect(runFewstep('export', 'small.yaml')).rejects.toThrow(
      `${run}/training/one-seed1: expected a trained student; run \`fewstep distill\` first`,
    );
    await expect(runFewstep('report', 'small.yaml')).rejects.toThrow(
      `${run}/evaluation.json: expected the measurements of a run, found none`,
    );
  });

  test('trajectories makes the cache that the dry run foretells', { timeout: patience }, async () => {
    const { cost } = JSON.parse(await runFewstep('trajectories', 'small.yaml', '--dry-run', '--json'));
    expect(await readdir('.')).toEqual(['small.yaml']);
    const text = await runFewstep('trajectories', 'small.yaml');
    expect(text).toMatch(new RegExp(`^Trajectories  ${run}/trajectories\nPaths         80: 40 contexts × 2 draws\n`));
    expect(cost.parts[0]).toMatchObject({ name: 'trajectories', forwards: (40 * 2 + 8 * 16) * 2 * 8 * 2, jobs: 6 });
    const shards = (await readdir(`${run}/trajectories`)).filter((name) => name.endsWith('.safetensors'));
    const sizes = await Promise.all(shards.map(async (name) => (await stat(`${run}/trajectories/${name}`)).size));
    const headers = sizes.reduce((sum, size) => sum + size, 0) - cost.cacheBytes;
    expect(headers / sizes.length).toBeGreaterThan(0);
    expect(headers / sizes.length).toBeLessThan(2000);
  });

  test('evaluate goes on from there: it trains and measures at the foretold cost', { timeout: patience }, async () => {
    const shard = `${run}/trajectories/shard-00000.safetensors`;
    const before = await changed(shard);
    const { cost } = JSON.parse(await runFewstep('evaluate', 'small.yaml', '--dry-run', '--json'));
    const { evaluation, students } = JSON.parse(await runFewstep('evaluate', 'small.yaml', '--json'));
    expect(await changed(shard)).toBe(before);
    expect(students).toMatchObject([{ name: 'one', seed: 1, facts: { steps: 60, forwards: cost.parts[1].forwards } }]);
    const student = evaluation.rows.find(({ kind }: { kind: string }) => kind === 'student');
    expect(student.cost.totalForwards).toBe(cost.parts[0].forwards + cost.parts[1].forwards);
    const tokens = 8 * 128; // samples a row
    expect(cost.parts[2]).toMatchObject({ name: 'evaluation', forwards: tokens * (1 + 2 * 2 * 8 * 2) });
  });

  test('evaluate fails where a condition on its students holds', { timeout: patience }, async () => {
    const failing = (condition: string) => runFewstep('evaluate', 'small.yaml', '--fail-if', condition);
    await expect(failing('one@1: nfe < 2')).rejects.toThrow('--fail-if one@1: nfe < 2: one@1 has nfe 1');
    expect(await failing('nfe > 1')).toContain('evaluation.json');
  });

  test('evaluate --reference measures all students of a run, by recipe or folder', async () => {
    const [shape, data] = [[2, 2, 3], new Float32Array(12).map((_, i) => Math.sin(i))];
    const set = { x0: { shape, data }, x1: { shape, data }, x1_b: { shape, data: data.toReversed() } };
    const context = { h: { shape: [2, 4], data: new Float32Array(8) }, w: { shape: [2], data: Float32Array.of(1, 2) } };
    await writeSafetensors('reference.safetensors', { ...set, ...context });
    for (const word of ['small.yaml', run]) {
      const words = [word, '--reference', 'reference.safetensors', '--json'];
      expect(JSON.parse(await runFewstep('evaluate', ...words)).students).toMatchObject(
        [1, 2, 4].map((steps) => ({
          ...{ student: 'one', method: 'trajectory', seed: 1, sampler: 'flow-map', steps, nfe: steps },
          path: `${run}/training/one-seed1/student.safetensors`,
        })),
      );
    }
  });

  test('distill then has nothing left to train', { timeout: patience }, async () => {
    const before = await changed(`${run}/training/one-seed1/student.safetensors`);
    const [titles, , row] = (await runFewstep('distill', 'small.yaml')).split('\n');
    expect(titles).toBe('Student  Seed  Steps  Head forwards  Time  Weights');
    expect(row).toMatch(
      new RegExp(`^one\\s+1\\s+60\\s+3,136\\s+0:\\d\\d\\s+${run}/training/one-seed1/student.safetensors$`),
    );
    expect(await changed(`${run}/training/one-seed1/student.safetensors`)).toBe(before);
  });

  test('run ends with verdict, report and students, one blank line between', { timeout: patience }, async () => {
    const text = await runFewstep('run', 'small.yaml');
    expect(text).toMatch(/\n\nReport {4}reports\/small\/report\.html\nStudents {2}students\/small$/);
    expect(text).not.toContain('\n\n\n');
  });

  test('export takes other step counts, from the run or from one file', { timeout: patience }, async () => {
    const { students } = JSON.parse(
      await runFewstep('export', 'small.yaml', '--steps', '2,3', '--out', 'all', '--json'),
    );
    expect(students).toMatchObject([
      { name: 'one', folder: 'all/one', files: ['head.safetensors', 'head.onnx', 'sampler-2.onnx', 'sampler.onnx'] },
    ]);
    expect((await readdir('all/one')).sort()).toEqual([...students[0].files, 'card.md'].sort());
    const text = await runFewstep('export', 'all/one/head.safetensors', '--steps', '1');
    expect(text).toMatch(/\nhead\s+all\/one\/head\s+head\.safetensors head\.onnx sampler\.onnx\s+\d\.\de-\d+$/);
    expect((await readdir('all/one/head')).sort()).toEqual(['head.onnx', 'head.safetensors', 'sampler.onnx']);
  });

  test('takes the folder of the run, its report or its students for the recipe', { timeout: patience }, async () => {
    const [, row] = JSON.parse(await runFewstep('distill', run, '--json')).run.match(/^(.*)$/) ?? [];
    expect(row).toBe(run);
    const words = ['reports/small', `${run}/evaluation.json`];
    for (const word of words)
      expect(JSON.parse(await runFewstep('run', word, '--dry-run', '--json')).hash).toBe(smallRun().hash);
    const { students } = JSON.parse(await runFewstep('export', 'students/small', '--out', 'again', '--json'));
    expect(students).toMatchObject([{ name: 'one', folder: 'again/one' }]);
    await expect(runFewstep('export', 'small.yaml', '--set', 'seeds=[2]')).rejects.toThrow(
      `; runs of small that are there: ${run} (evaluated, less than a minute old)`,
    );
  });

  test('compare measures a recipe first that is not measured, once', { timeout: patience }, async () => {
    await writeFile('other.yaml', smallRecipeText.replace('name: small', 'name: other'));
    const words = ['compare', 'small.yaml', 'other.yaml', '--out', 'both', '--quiet'];
    const text = await runFewstep(...words);
    for (const name of ['small', 'other']) expect(text).toMatch(new RegExp(`^ +1 +1 +${name} +one `, 'm'));
    const [other = ''] = (await readdir('runs')).filter((name) => name.startsWith('other-'));
    const before = await changed(`runs/${other}/evaluation.json`);
    expect(await runFewstep(...words)).toBe(text);
    expect(await changed(`runs/${other}/evaluation.json`)).toBe(before);
  });

  test('sample is refused where the teacher makes no images', async () => {
    await expect(runFewstep('sample', 'small.yaml')).rejects.toThrow('the teacher gaussian makes tokens, no images');
  });
});

test('a report shows what an export in other precisions measured', { timeout: patience }, async () => {
  const set = ['students[0].head.width=64', 'students[0].training.steps=10'].flatMap((each) => ['--set', each]);
  await runFewstep('run', 'small.yaml', ...set, '--quiet');
  await runFewstep('export', 'small.yaml', ...set, '--precision', 'float16', '--out', 'rounded', '--quiet');
  await runFewstep('report', 'small.yaml', ...set, '--out', 'with-exports');
  const page = await readFile('with-exports/report.html', 'utf8');
  expect(page).toMatch(/<section id="precisions"[^>]*>\s*<h2[^>]*>Exports<\/h2>\s*<h3>one<\/h3>/);
  expect(page).toContain('<th scope="row">sampler.float16.onnx</th>');
});
