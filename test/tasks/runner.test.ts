import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distill } from '../../src/distill.ts';
import { BusyError } from '../../src/ground/errors.ts';
import { lock } from '../../src/ground/file/lock.ts';
import { readPlan } from '../../src/tasks/plan.ts';
import { taskRecords } from '../../src/tasks/record.ts';
import { type TaskRunner, taskRunner } from '../../src/tasks/runner.ts';
import type { Task } from '../../src/tasks/task.ts';
import { smallRun } from '../small-recipe.ts';
import { byRunner } from './by-runner.ts';

const home = process.cwd();
const recipe = smallRun('trajectories.contexts=16', 'students[0].training.steps=40', 'evaluation.solvers=[euler]');
const name = `small-${recipe.hash}`;
let base: string;
let place: string;
const runners: TaskRunner[] = [];

/** A runner of the runs in a folder. */
function runnerIn(folder: string): TaskRunner {
  const runner = taskRunner({ runs: join(folder, 'runs'), slots: 2, provider: 'cpu' });
  runners.push(runner);
  return runner;
}

async function runIn(folder: string, options: Parameters<typeof distill>[1] = {}): Promise<void> {
  mkdirSync(folder, { recursive: true });
  process.chdir(folder);
  await distill(recipe, options).finally(() => process.chdir(home));
}

const tensorsIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(folder, 'runs', name), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.safetensors'))
      .sort()
      .map((path) => [path, readFileSync(join(folder, 'runs', name, path), 'base64')]),
  );

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'fewstep-tasks-'));
  await runIn(join(base, 'local'));
  ({ place } = await readPlan(join(base, 'local', 'runs', name)));
});
afterAll(async () => {
  for (const runner of runners) await runner.close();
  rmSync(base, { recursive: true });
});

/** A copy of the finished run, with a runner of it. */
function copied(folder: string): { readonly run: string; readonly runner: TaskRunner } {
  cpSync(join(base, 'local'), join(base, folder), { recursive: true });
  return { run: join(base, folder, 'runs', name), runner: runnerIn(join(base, folder)) };
}

const unit = (kind: Task['kind'], id: string): Task => ({ run: name, place, kind, id });

describe('units that are known by their names alone', () => {
  it('make the same bytes as a local run, each of them twice at once', async () => {
    const folder = join(base, 'named');
    mkdirSync(join(folder, 'runs'), { recursive: true });
    const twice = async (work: () => Promise<unknown>): Promise<void> => {
      const ended = await Promise.allSettled([work(), work()]);
      for (const one of ended) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(BusyError);
      expect(ended.some((one) => one.status === 'fulfilled')).toBe(true);
    };
    process.chdir(folder);
    await distill(recipe, { executor: byRunner(join('runs', name), runnerIn('.'), twice) }).finally(() =>
      process.chdir(home),
    );
    expect(tensorsIn(folder)).toEqual(tensorsIn(join(base, 'local')));
  });

  it('are all in the plan, and each has a record', async () => {
    const run = join(base, 'local', 'runs', name);
    const [{ groups }, records] = [await readPlan(run), await taskRecords(run)];
    for (const { kind, units, writes } of groups) {
      expect([...(records.get(kind)?.keys() ?? [])].sort(), kind).toEqual([...units].sort());
      for (const id of units) {
        expect(records.get(kind)?.get(id)).toMatchObject({ state: 'done', attempts: 1 });
        expect(() => readFileSync(join(run, writes.replace('{id}', id))), `${kind}/${id}`).not.toThrow();
      }
    }
    expect(groups.map(({ units }) => units.length)).toEqual([3, 1, 0, 4, 4]);
  });

  it('are kept where what they make is there', async () => {
    const { run, runner } = copied('kept');
    const before = tensorsIn(join(base, 'kept'));
    for (const { kind, units } of (await readPlan(run)).groups)
      for (const id of units) expect(await runner.run(unit(kind, id)), `${kind}/${id}`).toBe('kept');
    expect(tensorsIn(join(base, 'kept'))).toEqual(before);
  });

  it('are made where it is damaged or missing, one by one', async () => {
    const { run, runner } = copied('damaged');
    const before = tensorsIn(join(base, 'damaged'));
    writeFileSync(join(run, 'trajectories', 'shard-00001.safetensors'), 'damaged');
    rmSync(join(run, 'evaluation', 'one-1-seed1.safetensors'));
    expect(await runner.run(unit('trajectories', 'shard-00001'))).toBe('made');
    expect(await runner.run(unit('samples', 'one-1-seed1'))).toBe('made');
    expect(await runner.run(unit('samples', 'one-1-seed1'))).toBe('kept');
    expect(tensorsIn(join(base, 'damaged'))).toEqual(before);
    expect((await taskRecords(run)).get('samples')?.get('one-1-seed1')).toMatchObject({ attempts: 2 });
  });

  it('leave a training to the worker that is at it', async () => {
    const { run, runner } = copied('busy');
    rmSync(join(run, 'training', 'one-seed1', 'manifest.json'));
    const release = await lock(join(run, 'training', 'one-seed1'));
    await expect(runner.run(unit('students', 'one-seed1'))).rejects.toThrow(BusyError);
    await release();
    expect(await runner.run(unit('students', 'one-seed1'))).toBe('made');
  });
});

describe('a unit is refused', () => {
  const refused = async (folder: string, task: Task, message: RegExp): Promise<void> => {
    const { runner } = copied(folder);
    const before = readdirSync(join(base, folder), { recursive: true });
    await expect(runner.run(task)).rejects.toThrow(message);
    expect(readdirSync(join(base, folder), { recursive: true })).toEqual(before);
  };

  it('of a run that is not there', () =>
    refused('none', { ...unit('samples', 'one-1-seed1'), run: 'none-0123456789ab' }, /cannot be read|no such/i));

  it('of a folder that is not the run’s', () =>
    refused(
      'outside',
      { ...unit('samples', 'x'), run: '../outside' },
      /expected the name of a run, got "\.\.\/outside"/,
    ));

  it('that the run does not have', () =>
    refused('unknown', unit('samples', 'two-1-seed1'), /has no unit samples\/two-1-seed1/));

  it('of another folder of the same run', () =>
    refused(
      'moved',
      { ...unit('samples', 'one-1-seed1'), place: '0123456789abcdef' },
      /is not the folder that its coordinator works in/,
    ));

  it('where the recipe is not the one that the run’s name tells', async () => {
    const { run, runner } = copied('changed');
    const path = join(run, 'recipe.resolved.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('steps: 40', 'steps: 41'));
    await expect(runner.run(unit('students', 'one-seed1'))).rejects.toThrow(
      new RegExp(`expected the recipe of ${name}, found that of small-[0-9a-f]{12}`),
    );
  });

  it('where a link leads out of the folder of runs', async () => {
    const folder = join(base, 'linked');
    mkdirSync(join(folder, 'runs'), { recursive: true });
    symlinkSync(join(base, 'local', 'runs', name), join(folder, 'runs', name));
    await expect(runnerIn(folder).run(unit('samples', 'one-1-seed1'))).rejects.toThrow(/got a link to/);
  });

  it('on a machine that would make other bytes, unless the run takes any', async () => {
    const { run, runner } = copied('other');
    await planned(run, { machine: { ...(await readPlan(run)).machine, cpu: 'Another 9000' } });
    await expect(runner.run(unit('samples', 'one-1-seed1'))).rejects.toThrow(
      new RegExp(`^${name}: refused: cpu Another 9000 in the plan, .+ here$`),
    );
    await planned(run, { mixed: true });
    expect(await runnerIn(join(base, 'other')).run(unit('samples', 'one-1-seed1'))).toBe('kept');
  });

  it('from a queue for any machine, where the run is for machines of one kind', () =>
    expect(copied('one-kind').runner.run(unit('samples', 'one-1-seed1'), { mixed: true })).rejects.toThrow(
      /refused: machines of one kind in the plan/,
    ));

  it('of another execution provider', async () => {
    copied('provider');
    const runner = taskRunner({ runs: join(base, 'provider', 'runs'), slots: 1, provider: 'cuda' });
    runners.push(runner);
    await expect(runner.run(unit('samples', 'one-1-seed1'))).rejects.toThrow(/provider cpu in the plan, cuda here/);
  });
});

/** Changes a plan as its coordinator would. */
async function planned(run: string, change: Partial<Awaited<ReturnType<typeof readPlan>>>): Promise<void> {
  const { writePlan } = await import('../../src/tasks/plan.ts');
  await writePlan(run, { ...(await readPlan(run)), ...change });
}
