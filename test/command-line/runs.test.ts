import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listRuns } from '../../src/command-line/kept-runs/state.ts';
import { ageText } from '../../src/command-line/kept-runs/text.ts';
import { lock } from '../../src/ground/file/lock.ts';
import { smallRecipeText } from '../small-recipe.ts';
import { runFewstep } from './run-fewstep.ts';

const home = process.cwd();
const [finished, begun] = ['runs/small-000000000001', 'runs/small-000000000002'] as const;
const day = 86_400;
let folder = '';

async function makeRun(path: string, files: Readonly<Record<string, string>>, daysOld: number): Promise<void> {
  const when = Date.now() / 1000 - daysOld * day;
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), text);
    await utimes(join(path, name), when, when);
  }
  await utimes(path, when, when);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-runs-'));
  process.chdir(folder);
  const recipe = smallRecipeText.replace('name: small', 'name: small\nseeds: [1, 2, 3]');
  await makeRun(
    finished,
    {
      'recipe.resolved.yaml': smallRecipeText,
      'trajectories/manifest.json': '{}',
      'training/one-seed1/manifest.json': '{}',
      'evaluation.json': '{}',
    },
    10,
  );
  await makeRun(
    begun,
    {
      'recipe.resolved.yaml': recipe,
      'trajectories/manifest.json': '{}',
      'training/one-seed1/manifest.json': '{}',
      'training/one-seed2/metrics.jsonl': 'x'.repeat(5000),
    },
    3,
  );
  await makeRun('runs/teacher-000000000003', { 'recipe.resolved.yaml': 'kind: teacher', 'metrics.jsonl': '' }, 1);
  await mkdir('runs/notes');
  await mkdir('elsewhere-00000000000f');
});
afterEach(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

const left = async (): Promise<string[]> => (await readdir('runs')).sort();
const all = ['notes', 'small-000000000001', 'small-000000000002', 'teacher-000000000003'];

describe('runs', () => {
  test('lists how far each run is, the last changed first', async () => {
    const { runs } = JSON.parse(await runFewstep('runs', '--json'));
    expect(runs).toMatchObject([
      { recipe: 'teacher', kind: 'teacher', stages: { trajectories: 'none', training: 'begun', evaluation: 'none' } },
      { path: begun, recipe: 'small', hash: '000000000002', stages: { training: '1/3', evaluation: 'none' } },
      { path: finished, stages: { trajectories: 'done', training: 'done', evaluation: 'done' }, inUse: false },
    ]);
    expect(runs[1].bytes).toBeGreaterThan(5000);
    expect(await runFewstep('runs')).toMatch(/\nruns\/small-000000000002 +done +1\/3 +– +5\.\d kB +3 days/);
  });

  test('is empty where there are none', async () => {
    await rm('runs', { recursive: true });
    expect(await runFewstep('runs')).toBe('No runs here');
  });

  test('rm removes runs, with --yes only', async () => {
    await expect(runFewstep('runs', 'rm', begun)).rejects.toThrow(`expected --yes to remove ${begun} (5.`);
    expect(await left()).toEqual(all);
    await runFewstep('runs', 'rm', 'small-000000000002', finished, '--yes');
    expect(await left()).toEqual(['notes', 'teacher-000000000003']);
  });

  test.each([
    'runs/notes',
    'elsewhere-00000000000f',
    '../elsewhere-00000000000f',
    '.',
    'runs',
    'runs/link-00000000000a',
  ])('rm refuses %s, which is no run', async (word) => {
    await symlink('../elsewhere-00000000000f', 'runs/link-00000000000a');
    await expect(runFewstep('runs', 'rm', begun, word, '--yes')).rejects.toThrow(
      `${word}: expected the folder of a run in runs/`,
    );
    expect(existsSync('elsewhere-00000000000f')).toBe(true);
    expect(existsSync(begun)).toBe(true);
  });

  test('rm refuses a run that is in use, and prune leaves it out', async () => {
    const release = await lock(begun);
    expect((await listRuns('small')).map(({ path, inUse }) => [path, inUse])).toEqual([
      [begun, true],
      [finished, false],
    ]);
    await expect(runFewstep('runs', 'rm', begun, '--yes')).rejects.toThrow(`${begun}: process ${process.pid}`);
    expect(await runFewstep('runs', 'prune', '--unfinished', '--yes')).toBe('Nothing to remove');
    await release();
    expect(await left()).toEqual(all);
  });

  test('prune tells what it would remove, and removes it with --yes', async () => {
    const told = await runFewstep('runs', 'prune', '--unfinished');
    expect(told).toMatch(/\n\nNothing was removed; --yes removes 1 run \(5\.\d kB\)$/);
    expect(await left()).toEqual(all);
    await mkdir('runs/.small-00000000000c.removed');
    expect(await runFewstep('runs', 'prune', '--unfinished', '--yes')).toMatch(new RegExp(`^Removed ${begun} \\(`));
    expect(await left()).toEqual(['notes', 'small-000000000001', 'teacher-000000000003']);
  });

  test('prune takes runs of an age, both conditions where both are given, and asks for one', async () => {
    const pruned = async (...words: string[]): Promise<string[]> => {
      const { runs = [] } = JSON.parse(await runFewstep('runs', 'prune', ...words, '--json'));
      return runs.map(({ path }: { path: string }) => path);
    };
    await utimes(join(begun, 'training/one-seed2'), 0, 0);
    expect(await pruned('--older-than', '2000')).toEqual([]);
    expect(await pruned('--older-than', '0', '--unfinished')).toEqual([begun]);
    await expect(runFewstep('runs', 'prune')).rejects.toThrow('expected --unfinished, --older-than <days> or both');
  });
});

test('ages are told in the unit that fits', () => {
  expect([30_000, 60_000, 7_300_000, 3 * 86_400_000].map(ageText)).toEqual([
    'less than a minute',
    '1 minute',
    '2 hours',
    '3 days',
  ]);
});
