import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

const scriptAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const clone = inject('smoke').folder;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-mar-'));
});
afterAll(() => rm(folder, { recursive: true }));

const python = (script: string, ...words: string[]) =>
  spawnSync('/usr/bin/python3', [scriptAt(script), ...words], { cwd: folder, encoding: 'utf8' });

const fewstep = (...words: string[]): string =>
  execFileSync(process.execPath, [join(clone, 'dist/command-line/main.js'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });

const distil = [
  ...['teacher.path=teachers/mar', 'data.path=capture'],
  'trajectories={contexts: 6144, draws: 2, solver: euler, steps: 32, keep: 8}',
  'students=[{name: trajectory, method: trajectory, training: {steps: 1500, batch: 256}}]',
  ...['evaluation.steps=[1, 2, 4]', 'evaluation.teacher={solver: euler, steps: 64}', 'evaluation.solvers=[]'],
  ...['evaluation.samples=8192', 'evaluation.ownSampler=false', 'evaluation.latencyBatches=[1]'],
];

it("a head of MAR's kind comes back to PyTorch as good under fresh contexts as its report says", () => {
  const { status, stderr } = python('train_mar.py', folder, '1500', '512');
  expect(status, stderr).toBe(0);
  fewstep('teacher', 'import', 'checkpoint-last.pth', '--family', 'mar', '--name', 'mar');
  fewstep('data', 'check', 'capture', '--guidance', '2');
  const recipe = join(clone, 'recipes/mar-capture.yaml');
  fewstep('run', recipe, '--quiet', ...distil.flatMap((text) => ['--set', text]));
  const run = join('runs', readdirSync(join(folder, 'runs')).join());
  fewstep('export', run, '--to', 'original', '--quiet');
  const student = join('students', 'mar-capture', 'trajectory');
  const card = join('teachers', 'mar', 'card.json');
  const found = python('check_mar.py', 'checkpoint-last.pth', card, join(run, 'evaluation.json'), student);
  expect(found.status, found.stderr + found.stdout).toBe(0);
  expect(found.stdout.match(/^\d steps: report .+, PyTorch .+$/gm)).toHaveLength(3);
  process.stdout.write(found.stdout);
});
