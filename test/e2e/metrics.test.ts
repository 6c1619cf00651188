import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { silentProgress } from '../../src/command-line/progress.ts';
import { distill } from '../../src/distill.ts';
import { loadRecipe } from '../../src/distillation/recipe/load.ts';
import type { ResolvedRecipe } from '../../src/distillation/recipe/resolve.ts';
import { cpuEngine } from '../../src/engine/graph/program.ts';
import { metrics } from '../../src/evaluation/metric/table.ts';
import { synthesize } from '../../src/teachers/synthesis/synthesize.ts';
import { smallRun } from '../small-recipe.ts';

const script = fileURLToPath(new URL('./check_metrics.py', import.meta.url));
const digits = resolve('recipes/digits.yaml');
const home = process.cwd();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-metrics-'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

const seen = new Set<string>();

/** Recomputes a run's numbers in Python; gives the names of those that agree. */
function recomputed(run: string): string[] {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [script, run], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const names = Array.from(
    stdout.matchAll(/^(\w+) \d+ values, relative difference [\d.e+-]+$/gm),
    ([, name = '']) => name,
  );
  for (const name of names) seen.add(name);
  return names;
}

const ran = async (resolved: ResolvedRecipe<'distill'>): Promise<string> =>
  (await distill(resolved, { progress: silentProgress, command: 'x' })).run;

describe('NumPy and SciPy find every number of a report in the stored samples', () => {
  it('of tokens', () => {
    const runs = join(inject('smoke').folder, 'runs');
    const [run = 'none'] = readdirSync(runs);
    expect(recomputed(join(runs, run))).toEqual(['fd', 'energyDistance', 'dispersion', 'endpointError']);
  });

  it('of tokens with the own sampler of their system, at two guidance scales', async () => {
    const made = { family: 'mar', out: 'mar', seed: 1, rows: 256, steps: 200, engine: cpuEngine() } as const;
    const { teacher, capture } = await synthesize({ ...made, progress: silentProgress });
    const run = await ran(
      smallRun(
        ...[`teacher={kind: imported, path: ${teacher}}`, `data={kind: capture, path: ${capture}}`],
        'students=[{name: one, method: trajectory, training: {steps: 40, batch: 16}}]',
        ...['evaluation.guidance=2', 'evaluation.otherGuidance=[1.5]', 'evaluation.solvers=[euler]'],
      ),
    );
    expect(recomputed(run)).toEqual(['fd', 'energyDistance', 'energyToOwn', 'dispersion', 'endpointError']);
  });

  it('of images, more than a subset of the kernel distance', async () => {
    const run = await ran(
      await loadRecipe('distill', digits, [
        ...['trajectories={contexts: 64, draws: 2, solver: euler, steps: 4, keep: 4}', 'evaluation.samples=1010'],
        'students=[{name: one, method: trajectory, training: {steps: 40, batch: 64}}]',
        ...['evaluation.steps=[1]', 'evaluation.teacher={solver: euler, steps: 4}', 'evaluation.searchTimes=false'],
        'evaluation.latencyBatches=[1]',
      ]),
    );
    expect(recomputed(run)).toContain('accuracy');
  });

  it('and leave none out', () => {
    expect(metrics.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });
});
