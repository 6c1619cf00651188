import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentProgress } from '../../src/command-line/progress.ts';
import { type Distilled, distill } from '../../src/distill.ts';
import { readEvaluation } from '../../src/evaluation/stage/evaluation-file.ts';
import { smallRun } from '../small-recipe.ts';

const home = process.cwd();
const resolved = smallRun('evaluation.solvers=[euler, bns]', 'evaluation.steps=[1, 2]', 'evaluation.samples=256');
let folder: string;
let found: Distilled;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-solvers-run-'));
  process.chdir(folder);
  const running = distill(resolved, { progress: silentProgress, command: 'a test' });
  found = await running.finally(() => process.chdir(home));
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

it('a run measures solvers in equal steps, at searched times and fitted, and says times and costs', async () => {
  const rows = found.evaluation.rows.filter(({ kind }) => kind === 'solver');
  expect(rows.map(({ name, steps, nfe, fit, cost }) => [name, steps, nfe, fit, cost?.trainingSteps])).toEqual([
    ['teacher euler', 1, 2, undefined, undefined],
    ['teacher euler', 2, 4, undefined, undefined],
    ['teacher euler, searched times', 2, 4, 'times', 0],
    ['teacher bns, fitted', 1, 2, 'weights', 600],
    ['teacher bns, fitted', 2, 4, 'weights', 600],
  ]);
  expect(rows.map(({ times }) => times?.length)).toEqual([undefined, undefined, 3, undefined, 3]);
  expect(rows.every(({ speed }) => speed !== undefined)).toBe(true);
  expect(found.evaluation.stageSeconds.solvers).toBeGreaterThan(0);
  const errors = rows.map(({ quality }) => quality.endpointError?.value ?? Number.NaN);
  expect(errors[2]).toBeLessThan(errors[1] ?? 0);
  expect(errors[4]).toBeLessThan(errors[2] ?? 0);
  expect(await readEvaluation(join(folder, found.run))).toEqual(found.evaluation);
});

it('its table and its page name them', async () => {
  const report = join(folder, found.report);
  expect(found.verdict).toContain('teacher bns, fitted');
  expect(await readFile(report, 'utf8')).toContain('teacher euler, searched times');
  expect(await readFile(join(report, '..', 'results.csv'), 'utf8')).toMatch(
    /^solver,"teacher euler, searched times",euler,/m,
  );
});
