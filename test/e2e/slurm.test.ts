import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { smallRecipeText } from '../small-recipe.ts';
import { type Cluster, startCluster } from './slurm-cluster.ts';

/** The second student starts from the first and trains long enough for its node to fail. */
const recipe = smallRecipeText.replace('contexts: 40', 'contexts: 16').replace(
  'evaluation:',
  `  - name: two
    method: trajectory
    init: one
    head: { width: 16, depth: 1 }
    training: { steps: 6000, batch: 32, learningRate: 1.0e-3, checkpointEvery: 500 }
evaluation:
  solvers: []`,
);

const { folder: checkout } = inject('smoke');
let folder = '';
let cluster: Cluster;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fewstep-slurm-'));
  cluster = await startCluster(checkout, join(folder, 'slurm'));
});
afterAll(async () => {
  await cluster.end();
  rmSync(folder, { recursive: true });
});

/** Runs fewstep in a folder of its own, where the recipe is. */
function fewstep(where: string, ...words: string[]): string {
  const cwd = join(folder, where);
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'small.yaml'), recipe);
  const program = join(checkout, 'scripts/fewstep.mjs');
  return execFileSync(process.execPath, [program, ...words], { cwd, env: cluster.environment, encoding: 'utf8' });
}

async function until<Value>(what: string, seconds: number, look: () => Value | undefined): Promise<Value> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not come within ${seconds} s:\n${cluster.said('squeue')}`);
}

const queueIsEmpty = (): true | undefined => (cluster.said('squeue', '--noheader') === '' ? true : undefined);

/** The files of tensors that a run in a folder made and gave, by name. */
const tensors = (where: string): Record<string, string> =>
  Object.fromEntries(
    ['runs', 'students']
      .flatMap((part) =>
        readdirSync(join(folder, where, part), { recursive: true, encoding: 'utf8' }).map((name) => join(part, name)),
      )
      .filter((name) => name.endsWith('.safetensors'))
      .sort()
      .map((name) => [name, readFileSync(join(folder, where, name), 'base64')]),
  );

describe('a run on a Slurm cluster', () => {
  test('ends with the bytes of a run on this machine, also where a node fails under it', async () => {
    const two = ['--time', '10', '--units-per-job', '2'];
    const { run, jobs } = JSON.parse(fewstep('cluster', 'submit', 'small.yaml', '--slurm', ...two, '--json'));
    expect(jobs.map(({ name }: { name: string }) => name)).toEqual([
      ...['trajectories', 'trajectories-complete', 'students-0', 'students-1', 'samples', 'metrics', 'report'],
    ]);
    const { id } = jobs.find(({ name }: { name: string }) => name === 'students-1');
    const inRun = (...names: string[]) => join(folder, 'cluster', run, ...names);
    await until('the second training', 120, () =>
      existsSync(inRun('training', 'two-seed1', 'metrics.jsonl')) ? true : undefined,
    );
    const node = cluster.said('squeue', '--noheader', '--array', '--format=%N', '--jobs', id);
    expect(node).toMatch(/^n[12]$/);
    cluster.said('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=test');
    const other = await until('another node', 60, () => {
      const now = cluster.said('squeue', '--noheader', '--states=running', '--array', '--format=%N', '--jobs', id);
      return now === '' ? undefined : now;
    });
    expect(other).not.toBe(node);
    expect(cluster.said('scontrol', 'show', 'job', id)).toMatch(/ Restarts=1 /);
    cluster.said('scontrol', 'update', `nodename=${node}`, 'state=resume');
    await until('the end', 180, queueIsEmpty);

    const report = fewstep('local', 'run', 'small.yaml', '--quiet');
    expect(report).toContain('reports/small/report.html');
    expect(existsSync(join(folder, 'cluster', 'reports/small/report.html'))).toBe(true);
    const [there, here] = [tensors('cluster'), tensors('local')];
    expect(Object.keys(there)).toEqual(Object.keys(here));
    expect(Object.keys(there).length).toBeGreaterThan(9);
    expect(there).toEqual(here);

    const record = JSON.parse(readFileSync(inRun('tasks', 'students', 'two-seed1.json'), 'utf8'));
    expect(record).toMatchObject({ state: 'done', attempts: 2 });
    const finished = (kind: string, name: string) => JSON.parse(readFileSync(inRun('tasks', kind, name), 'utf8'));
    const [row = ''] = readdirSync(inRun('tasks', 'samples'));
    expect(Date.parse(finished('samples', row).since)).toBeGreaterThanOrEqual(Date.parse(record.heard));
  });

  test('where a unit is refused, leaves no job waiting for it', async () => {
    const seed = ['--set', 'seeds=[2]'];
    const { run } = JSON.parse(fewstep('refused', 'submit', 'small.yaml', '--json', ...seed));
    const machine = join(folder, 'refused', run, 'machine.json');
    writeFileSync(machine, JSON.stringify({ cpu: 'Another CPU' }));
    fewstep('refused', 'submit', 'small.yaml', '--slurm', ...seed);
    await until('the end', 60, queueIsEmpty);
    const logs = join(folder, 'refused', run, 'slurm', 'logs');
    const texts = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
    expect(texts.length).toBe(3); // of the trajectories alone
    for (const text of texts) expect(text).toMatch(/refused: .*cpu Another CPU in the plan/);
  });

  test('of images has what its metrics read made in a step of its own', () => {
    const images = [join(checkout, 'recipes/digits.yaml'), '--set', 'evaluation.samples=1000'];
    const names = /^\$ sbatch .*\/(\S+)\.sh/gm;
    const printed = fewstep('images', 'submit', ...images, '--slurm', '--dry-run');
    expect([...printed.matchAll(names)].map(([, name]) => name).slice(-3)).toEqual([
      'metrics-prepare',
      'metrics',
      'report',
    ]);
    const { run } = JSON.parse(fewstep('images', 'submit', ...images, '--json'));
    fewstep('images', 'task', run, '--kind', 'metrics', '--prepare');
    expect(readdirSync(join(folder, 'images', run, 'evaluation')).sort()).toEqual(['real.png', 'real.safetensors']);
  });
});
