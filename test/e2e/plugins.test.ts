/** The plug-ins of docs/plugins as users run them: by the built command, in threads, in a folder of their own. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const command = resolve('scripts/fewstep.mjs');
const patience = 240_000;
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fewstep-plugins-'));
  cpSync('docs/plugins', join(folder, 'plugins'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fewstep = (...words: string[]) =>
  spawnSync(process.execPath, [command, ...words, '--quiet'], { cwd: folder, encoding: 'utf8' });

/** Sizes at which it does not matter how good a student is. */
const tiny = [
  'trajectories.contexts=32',
  'trajectories.shardRows=16',
  'students[0].training.steps=8',
  'evaluation.samples=64',
].flatMap((set) => ['--set', set]);

/** Runs a command on an example with its plug-in allowed; what was printed, where nothing was wrong. */
function example(verb: string, name: string, ...words: string[]): string {
  const { status, stdout, stderr } = fewstep(...verb.split(' '), `plugins/${name}.yaml`, '--allow-plugins', ...words);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

const runsOf = (name: string): string[] =>
  readdirSync(join(folder, 'runs')).filter((run) => run.startsWith(`${name}-`));

const evaluationOf = (name: string) =>
  JSON.parse(readFileSync(join(folder, 'runs', runsOf(name)[0] ?? '', 'evaluation.json'), 'utf8'));

describe('the plug-in', { timeout: patience }, () => {
  const method = ['--set', 'students[1].training.steps=8', ...tiny];

  it('of a method: a whole run in two threads, which goes on where it was', () => {
    expect(example('distill', 'method', ...method)).toMatch(/chords .* 8 /);
    expect(example('run', 'method', ...method)).toContain('students/plugin-method');
    expect(runsOf('plugin-method')).toHaveLength(1);
    expect(evaluationOf('plugin-method').rows).toContainEqual(expect.objectContaining({ method: 'chord', steps: 2 }));
  });

  it('of a method, refused without its flag, or with options that are not its own', () => {
    const { status, stderr } = fewstep('run', 'plugins/method.yaml');
    expect(stderr).toMatch(/^fewstep: plugins\/method\.yaml:7:11 plugins\[0\]: a plug-in runs code of its own, .*\n$/);
    expect(status).toBe(3);
    const set = ['--set', 'students[0].options.power=3', '--plugin', 'plugins/method.mjs'];
    expect(fewstep('run', 'plugins/method.yaml', ...set).stderr).toBe(
      'fewstep: --set students[0].options.power=3: expected a number from 0 to 2, got 3\n',
    );
  });

  it('of a method, changed, makes a new run and says so; what it throws in a thread names it', () => {
    const file = join(folder, 'plugins/method.mjs');
    const before = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      before.replace('const slope =', 'if (power < 1) throw new RangeError("mine");\n      const slope ='),
    );
    const { status, stderr } = fewstep('distill', 'plugins/method.yaml', '--allow-plugins', ...method);
    writeFileSync(file, before);
    const [run = ''] = runsOf('plugin-method').filter((name) => stderr.includes(name));
    const [first, ...lines] = stderr.trimEnd().split('\n');
    expect(first).toBe(`fewstep: plugins/method.mjs changed since runs/${run} was made: this is a new run`);
    expect(runsOf('plugin-method')).toHaveLength(2);
    expect(lines[0]).toBe('RangeError: mine');
    expect(lines[1]).toMatch(/plugins\/method\.mjs:\d+:\d+\)?$/);
    expect(lines.at(-1)).toBe('fewstep: thrown in the code of the plug-in plugins/method.mjs');
    expect(status).toBe(11);
  });

  it('of a solver, in TypeScript: trajectories', () => {
    expect(example('trajectories', 'solver', ...tiny)).toContain('32 contexts × 2 draws');
  });

  it('of an architecture: a student of it', () => {
    expect(example('distill', 'head', ...tiny)).toMatch(/regression .* 8 /);
  });

  it('of a teacher: its trajectories', () => {
    expect(example('trajectories', 'teacher', ...tiny)).toContain('32 contexts × 2 draws');
  });

  it('of a metric: measured with its interval, in evaluation.json and in the report’s table', () => {
    example('run', 'metric', ...tiny);
    const { rows } = evaluationOf('plugin-metric');
    const student = rows.find(({ kind }: { kind: string }) => kind === 'student');
    const { value, low, high } = student.quality.meanShift;
    expect([low <= value, value <= high, value > 0]).toEqual([true, true, true]);
    expect(readFileSync(join(folder, 'reports/plugin-metric/results.csv'), 'utf8')).toContain(',mean_shift,');
  });

  it('of a data set: a teacher that draws it', () => {
    example('teacher train', 'data-set', '--set', 'training.steps=4');
    expect(readFileSync(join(folder, 'plugins/plugin-shapes/card.md'), 'utf8')).toContain('Grey shapes');
  });

  it('of a family: a small head of it, imported and distilled; unknown without it', () => {
    const words = [
      'data',
      'synthesize',
      '--family',
      'harmon',
      '--out',
      'plugins/harmon',
      '--rows',
      '1024',
      '--steps',
      '4',
    ];
    expect(fewstep(...words).stderr).toMatch(/'harmon' is invalid. Allowed choices are nextstep, /);
    expect(fewstep(...words, '--plugin', 'plugins/family.mjs')).toMatchObject({ status: 0, stderr: '' });
    expect(example('trajectories', 'family', ...tiny)).toContain('32 contexts × 2 draws');
  });
});
