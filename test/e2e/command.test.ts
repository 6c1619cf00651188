/** The closed loop of docs/command as users run it: by the built command, in Python, in a folder of their own. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ByCommand } from '../../src/evaluation/command/result.ts';

const command = resolve('scripts/fewstep.mjs');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fewstep-command-'));
  cpSync('docs/command', join(folder, 'docs/command'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fewstep = (...words: string[]) =>
  spawnSync(process.execPath, [command, ...words, '--quiet'], { cwd: folder, encoding: 'utf8' });

/** Sizes at which it does not matter how good a student is. */
const tiny = [
  'trajectories.contexts=256',
  'trajectories.shardRows=64',
  'students[0].training.steps=40',
  'evaluation.samples=128',
  'evaluation.ownSampler=false',
  'evaluation.command.run[0]=/usr/bin/python3', // Debian's, which has NumPy
].flatMap((set) => ['--set', set]);

const runFolder = (): string => join(folder, 'runs', readdirSync(join(folder, 'runs'))[0] ?? '');

function byCommand(): ByCommand {
  const { byCommand } = JSON.parse(readFileSync(join(runFolder(), 'evaluation.json'), 'utf8'));
  return byCommand;
}

it('a loop in Python measures teacher and student, by their tokens and by numbers of its own', () => {
  const { stderr } = fewstep('data', 'synthesize', '--family', 'nextstep', '--rows', '4096', '--steps', '100');
  expect(stderr).toBe('');
  const first = fewstep('run', 'docs/command/recipe.yaml', '--allow-command', ...tiny);
  expect(first.stderr).toBe('');
  expect(first.stdout.replaceAll('\n', ' ')).toMatch(/Measured by your command: 1-step straight at guidance 1 /);
  const { rows, floors, samples } = byCommand();
  expect(samples).toBe(128);
  expect(rows.map(({ steps, outside }) => [steps, outside?.length])).toEqual([
    [1, expect.any(Number)],
    [4, expect.any(Number)],
  ]);
  expect(floors[0]?.quality.fd?.value).toBeGreaterThan(0);
  expect(readFileSync(join(folder, 'reports/command/report.html'), 'utf8')).toContain('Measured by your command');

  const metrics = ['--set', 'evaluation.command.reads=metrics'];
  expect(fewstep('evaluate', 'docs/command/recipe.yaml', '--allow-command', ...tiny, ...metrics).stderr).toBe('');
  expect(byCommand().rows.map(({ kind, steps, seeds }) => [kind, steps, seeds.length])).toEqual([
    ['teacher', 32, 3],
    ['student', 1, 3],
    ['student', 4, 3],
  ]);
  expect(Object.keys(byCommand().floors[0]?.quality ?? {})).toEqual(['growth', 'spread']);
  expect(readdirSync(join(folder, 'runs'))).toHaveLength(1);
});

it('one that fails ends the run with its last lines', () => {
  const words = ['run', 'docs/command/recipe.yaml', '--allow-command', ...tiny];
  const { status, stderr } = fewstep(...words, '--set', 'evaluation.command.run[1]=lop.py');
  expect(status).toBe(12);
  expect(stderr).toMatch(
    /^fewstep: \/usr\/bin\/python3 lop.py --head \/.*: it ended with exit code 2; its last lines, of .*err\.log:\n {2}.*can't open file/,
  );
});
