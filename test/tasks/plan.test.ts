import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { planOf, readPlan, writePlan } from '../../src/tasks/plan.ts';
import { keptPrecision } from '../../src/tasks/settle-plan.ts';
import { smallRecipe } from '../small-recipe.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-plan-'));
});
afterEach(() => rm(folder, { recursive: true }));

const second =
  '{name: two, method: trajectory, init: one, head: {width: 16, depth: 1}, training: {steps: 60, batch: 16}}';
const first = '{name: one, method: trajectory, head: {width: 16, depth: 1}, training: {steps: 60, batch: 16}}';
const recipe = smallRecipe(`students=[${first}, ${second}]`, 'seeds=[1, 2]', 'evaluation.otherGuidance=[1.5]');

it('names the units of each kind, what they wait for and what they leave', () => {
  const { groups, mixed, threads } = planOf(recipe, folder, {}, { mixed: true });
  expect([mixed, threads]).toEqual([true, 1]);
  expect(groups.map(({ kind, after, writes }) => [kind, after, writes])).toEqual([
    ['trajectories', [], 'trajectories/{id}.safetensors'],
    ['students', ['trajectories'], 'training/{id}/manifest.json'],
    ['solvers', ['trajectories'], 'solvers/{id}.json'],
    ['samples', ['students', 'solvers'], 'evaluation/{id}.safetensors'],
    ['metrics', ['samples'], 'evaluation/{id}.json'],
  ]);
  const [shards, students, , samples] = groups;
  expect(shards?.units).toEqual(['held-out', ...[0, 1, 2, 3, 4].map((index) => `shard-0000${index}`)]);
  expect(students?.units).toEqual(['one-seed1', 'two-seed1', 'one-seed2', 'two-seed2']);
  expect(students?.needs).toEqual({ 'two-seed1': 'one-seed1', 'two-seed2': 'one-seed2' });
  expect(samples?.units).toContain('two-1-seed2-w1.5');
});

it('is of one folder, however often that is planned; what is damaged is planned anew', async () => {
  const plan = planOf(recipe, folder, {}, { mixed: false });
  await writePlan(folder, plan);
  const { place } = await readPlan(folder);
  expect(place).toMatch(/^[0-9a-f]{16}$/);
  await writePlan(folder, { ...plan, mixed: true });
  expect(await readPlan(folder)).toMatchObject({ place, mixed: true });
  const path = join(folder, 'plan.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('"mixed": true', '"mixed": false'));
  await expect(readPlan(folder)).rejects.toThrow(/plan\.json: is damaged/);
  await writePlan(folder, plan);
  expect((await readPlan(folder)).place).not.toBe(place);
});

it('keeps what was decided of the precision', async () => {
  expect(await keptPrecision(folder)).toBeUndefined();
  const precision = { used: 'float32', reason: 'int8 is 1.00 times as fast here' } as const;
  await writePlan(folder, planOf(recipe, folder, {}, { mixed: false, precision }));
  expect(await keptPrecision(folder)).toEqual(precision);
});
