import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../src/ground/errors.ts';
import { versions } from '../../src/ground/versions.ts';
import { machineOf } from '../../src/tasks/claimed-machine.ts';
import { decidingParts } from '../../src/tasks/machine.ts';
import { planOf, readPlan, type UnplacedPlan } from '../../src/tasks/plan.ts';
import { isHandedOver, settlePlan } from '../../src/tasks/settle-plan.ts';
import { smallRun } from '../small-recipe.ts';

const { recipe } = smallRun();
const here = decidingParts(versions());
const elsewhere = { ...here, cpu: 'Another CPU' };
const plan = (mixed = false): UnplacedPlan => planOf(recipe, 'runs/x', {}, { mixed });
let run = '';
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'fewstep-handed-'));
});
afterEach(() => rm(run, { recursive: true }));

describe('a run that is handed over', () => {
  test('is for machines like the first that asks, whoever asks later', async () => {
    expect((await settlePlan(run, plan(), 'chosen')).machine).toBeUndefined();
    expect(await isHandedOver(run)).toBe(true);
    const opened = { path: run, plan: await readPlan(run) };
    const asked = await Promise.all([machineOf(opened), machineOf(opened)]);
    expect(asked).toEqual([here, here]);
    await writeFile(join(run, 'machine.json'), JSON.stringify(elsewhere));
    expect(await machineOf(opened)).toEqual(elsewhere);
  });

  test('stays so while this machine goes on with it, which must be like the first', async () => {
    await settlePlan(run, plan(), 'chosen');
    await settlePlan(run, plan(), 'own');
    expect(await isHandedOver(run)).toBe(true);
    await writeFile(join(run, 'machine.json'), JSON.stringify(elsewhere));
    await expect(settlePlan(run, plan(), 'own')).rejects.toThrow(
      new EngineError(`${run}: refused: cpu Another CPU in the plan, ${here.cpu} here; --mixed goes on with it here`),
    );
    expect(await settlePlan(run, plan(true), 'own')).toMatchObject({ mixed: true });
  });

  test('is for any machine where it was handed over as mixed', async () => {
    await settlePlan(run, plan(true), 'chosen');
    await writeFile(join(run, 'machine.json'), JSON.stringify(elsewhere));
    expect(await settlePlan(run, plan(), 'own')).toMatchObject({ mixed: true });
  });

  test('is for the machine that began it, where that has made something', async () => {
    const { groups } = await settlePlan(run, plan(), 'own');
    expect((await settlePlan(run, plan(), 'chosen')).machine).toBeUndefined(); // nothing is made
    await settlePlan(run, { ...plan(), machine: elsewhere }, 'coordinated');
    const [first] = groups;
    const made = join(run, first?.writes.replace('{id}', first.units[0] ?? '') ?? '');
    await mkdir(join(made, '..'), { recursive: true });
    await writeFile(made, '');
    expect((await settlePlan(run, plan(), 'chosen')).machine).toEqual(elsewhere);
  });

  test('is planned anew by a coordinator, for workers like it', async () => {
    await settlePlan(run, plan(), 'chosen');
    expect((await settlePlan(run, plan(), 'coordinated')).machine).toEqual(here);
    expect(JSON.parse(await readFile(join(run, 'plan.json'), 'utf8')).machine).toEqual(here);
  });
});
