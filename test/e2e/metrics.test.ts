import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { metrics } from '../../src/evaluation/metric/table.ts';

const script = fileURLToPath(new URL('./check_metrics.py', import.meta.url));
const clone = inject('smoke').folder;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-metrics-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the clone's command in the test's folder. */
const fewstep = (...words: string[]): string =>
  execFileSync(process.execPath, [join(clone, 'dist/command-line/main.js'), ...words, '--quiet'], {
    cwd: folder,
    encoding: 'utf8',
  });

/** Runs a shipped recipe with overrides. */
const run = (recipe: string, ...overrides: string[]): string =>
  fewstep('run', join(clone, 'recipes', recipe), ...overrides.flatMap((text) => ['--set', text]));

const seen = new Set<string>();

/** Recomputes the numbers of a recipe's run in Python; gives the names of those that agree. */
function recomputed(recipe: string, within = folder): string[] {
  const runs = join(within, 'runs');
  const found = readdirSync(runs).find((name) => name.startsWith(`${recipe}-`)) ?? 'none';
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [script, join(runs, found)], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const lines = stdout.matchAll(/^(\w+) \d+ values, relative difference [\d.e+-]+$/gm);
  const names = Array.from(lines, ([, name = '']) => name);
  for (const name of names) seen.add(name);
  return names;
}

/** The metrics of tokens, in the table's order. */
const inContext = ['contextMmd', 'contextSlicedW2', 'contextPrecision', 'contextRecall'];
const ofTokens = ['fd', 'energyDistance', ...inContext, 'dispersion', 'endpointError', 'selfConsistency'];

describe('NumPy and SciPy find every number of a report in the stored samples', () => {
  it('of tokens', () => {
    expect(recomputed('smoke', clone)).toEqual(ofTokens);
  });

  it('of tokens with the own sampler of their system, at two guidance scales', () => {
    fewstep('data', 'synthesize', '--family', 'mar', '--out', 'mar', '--rows', '512', '--steps', '200');
    run(
      'mar-capture.yaml',
      ...['teacher.path=mar/teacher', 'data.path=mar/capture', 'evaluation.samples=1024'],
      'students=[{name: one, method: trajectory, training: {steps: 40, batch: 16}}]',
      ...['trajectories={contexts: 64, draws: 2, solver: euler, steps: 8, keep: 4}', 'evaluation.steps=[1, 2]'],
      ...[
        'evaluation.teacher={solver: euler, steps: 8}',
        'evaluation.solvers=[euler]',
        'evaluation.otherGuidance=[1.5]',
      ],
    );
    expect(recomputed('mar-capture')).toEqual(ofTokens.toSpliced(2, 0, 'energyToOwn'));
  });

  it('of images, more than a subset of the kernel distance', () => {
    run(
      'digits.yaml',
      'students=[{name: one, method: trajectory, training: {steps: 40, batch: 64}}]',
      ...['trajectories={contexts: 64, draws: 2, solver: euler, steps: 4, keep: 4}', 'evaluation.samples=1010'],
      ...['evaluation.teacher={solver: euler, steps: 4}', 'evaluation.steps=[1]', 'evaluation.latencyBatches=[1]'],
      'evaluation.searchTimes=false',
    );
    expect(recomputed('digits')).toContain('accuracy');
  });

  it('and leave none out', () => {
    expect(metrics.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });
});
