import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeFinding } from '../../src/command-line/check/machine.ts';
import { commands } from '../../src/command-line/commands.ts';
import { numberBetween, wholeBetween, wholesBetween } from '../../src/command-line/number-option.ts';
import { createProgram } from '../../src/command-line/program.ts';
import { trainingCommand } from '../../src/command-line/training-command.ts';
import { resolveRecipe } from '../../src/distillation/recipe/resolve.ts';
import { FileError } from '../../src/ground/errors.ts';
import { shellWords } from '../../src/ground/process/shell-words.ts';
import { testOptions } from '../distillation/recipe/tables.ts';
import { runFewstep } from './run-fewstep.ts';
import { testTerminal } from './terminal.ts';

/** A dry run loads the engine and measures it, which takes a while on a machine that does other things, too. */
const patience = 240_000;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('every command', () => {
  const all = async () => {
    const program = await createProgram(Object.keys(commands), testTerminal());
    const withInner = (command: Command): Command[] => [command, ...command.commands.flatMap(withInner)];
    return program.commands.flatMap(withInner).map((command) => {
      const { parent } = command;
      return { command, name: parent === program ? command.name() : `${parent?.name()} ${command.name()}` };
    });
  };

  test('has a summary, a description, an example, and --json unless it only groups others', async () => {
    for (const { command, name } of await all()) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(command.summary().length, name).toBeGreaterThan(10);
      expect(command.description().length, name).toBeGreaterThan(20);
      expect(help).toMatch(new RegExp(`\\nExamples?:\\n  fewstep ${name}`));
      expect(help.includes('--json'), name).toBe(command.commands.length === 0);
    }
  });

  test('that is not asked for is there by name only', async () => {
    const program = await createProgram(['init'], testTerminal());
    expect(program.commands.map((command) => command.name())).toEqual(Object.keys(commands));
    expect(program.commands.find((command) => command.name() === 'doctor')?.options).toEqual([]);
  });
});

describe('run --dry-run', () => {
  test('prints a recipe that resolves to the same hash', { timeout: patience }, async () => {
    const text = await runFewstep(
      'run',
      'recipes/smoke.yaml',
      '--dry-run',
      '--set',
      'seeds=[1, 2]',
      '--set',
      'name=other',
    );
    const [, name, hash] = /^# (.*)-(.*)$/m.exec(text) ?? [];
    const path = join(folder, 'resolved.yaml');
    await writeFile(path, text);
    expect(name).toBe('other');
    const again = JSON.parse(await runFewstep('run', path, '--dry-run', '--json'));
    expect(again).toMatchObject({ hash, recipe: { name: 'other', seeds: [1, 2] } });
  });

  test('estimates the cost of the cache, of each student, of fitted solvers and of the evaluation', {
    timeout: patience,
  }, async () => {
    const text = await runFewstep('run', 'recipes/smoke.yaml', '--dry-run', '--set', 'seeds=[1, 2]');
    const [titles = '', , ...rows] = text.slice(text.indexOf('# Estimated cost')).split('\n');
    expect(titles).toMatch(/^# Estimated cost +Head forwards +GFLOP +Time, roughly$/);
    const forwards = (name: string) => rows.find((row) => row.startsWith(`# ${name} `))?.split(/ {2,}/)[1];
    expect(forwards('trajectories')).toBe('73,728'); // (256 contexts × 4 draws and 8 × 16 held out) × 16 steps of Heun's 2 evaluations, guided
    // 2 seeds × (600 steps × 256 samples, a backward counts two, 21 looks at 256 paths, and 20 at
    // 8 held-out contexts × 4 draws in 1, 2 and 4 steps and at 2 losses of 64 paths)
    expect(forwards('trajectory')).toBe('946,432');
    // 512 paths, guided, by solvers of 1, 2, 2 and 1 evaluations a step: at 2 steps 32 times at most, at 4 steps 187
    expect(forwards('fitted solvers')).toBe((512 * 2 * 6 * (2 * 32 + 4 * 187)).toLocaleString('en-US'));
    expect(forwards('evaluation')).toBe('2,441,216'); // 8,192 tokens of each row, the teacher's twice
    expect(forwards('all')).toBe('8,450,304');
    expect(text).toMatch(/\n# Trajectories take 186\.0 kB on disk\.\n# Times are rough: half of the [\d,.]+ GFLOP\/s/);
  });

  test('estimates the longest search of a student’s times with its training', { timeout: patience }, async () => {
    const text = await runFewstep('run', 'recipes/smoke.yaml', '--dry-run', '--set', 'students[0].times=searched');
    // looks as above; then 256 contexts × 4 draws: at 2 steps 32 times at most, at 4 steps 187
    const forwards = (460_800 + 21 * 256 + 20 * (8 * 4 * 7 + 2 * 64) + 1024 * (2 * 32 + 4 * 187)).toLocaleString(
      'en-US',
    );
    expect(text).toMatch(new RegExp(`^# trajectory +${forwards} `, 'm'));
  });

  test('refuses a recipe of another kind', async () => {
    await expect(runFewstep('run', 'recipes/digits-teacher.yaml', '--dry-run')).rejects.toThrow(
      /kind: expected distill, got "teacher" \(which is for fewstep teacher train\)/,
    );
  });
});

describe('numbers on the command line', () => {
  test.each(['x', '', '1', '2.5', '1e9', 'Infinity'])(
    'of %j are refused where 2 to 10 whole ones are expected',
    (text) => {
      expect(() => wholeBetween(2, 10)(text)).toThrow(/Expected a (whole )?number from 2 to 10\./);
    },
  );
  test('within bounds are read', () => {
    expect([wholeBetween(2, 10)('10'), numberBetween(0, 1)('0.25')]).toEqual([10, 0.25]);
  });
  test('of a list are read each, once', () => {
    expect(wholesBetween(1, 64)('1,2, 4,2')).toEqual([1, 2, 4]);
    expect(() => wholesBetween(1, 64)('1,,2')).toThrow(/Expected a number from 1 to 64\./);
  });
});

describe('training', () => {
  const cwd = process.cwd();
  beforeAll(() => process.chdir(folder));
  afterAll(() => process.chdir(cwd));

  test("runs in the recipe's own folder, which is free again afterwards", async () => {
    const terminal = testTerminal();
    const seen: [steps: number, folder: string][] = [];
    const words = [join(cwd, 'recipes/digits-features.yaml'), '--set', 'training.steps=7'];
    for (const output of ['a', 'a', 'b']) {
      const command = trainingCommand(terminal, 'features', async (recipe, context) => {
        seen.push([recipe.training.steps, context.folder]);
        expect(await readdir(context.folder)).toContain('recipe.resolved.yaml');
      });
      await command.parseAsync([...words, '--set', `output=${output}`], { from: 'user' });
    }
    expect(terminal.printed).toEqual(['Written to a', 'Written to a', 'Written to b']);
    expect(seen.map(([steps]) => steps)).toEqual([7, 7, 7]);
    const [first, second, third] = seen.map(([, path]) => path);
    expect(first).toMatch(/^runs\/digits-features-[0-9a-f]{12}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

describe('init', () => {
  test('writes a recipe that resolves, named after its file', async () => {
    const path = join(folder, 'deeper', 'My first!.yaml');
    expect(await runFewstep('init', path)).toBe(`${path} is written; run it with: fewstep run ${path}`);
    const { recipe } = await resolveRecipe(path, testOptions);
    expect(recipe.name).toBe('my-first');
  });

  test('points editors to the schema', async () => {
    const path = join(folder, 'schema.yaml');
    await runFewstep('init', path);
    const schema = /\$schema=(.*)/.exec(await readFile(path, 'utf8'))?.[1] ?? '';
    expect(JSON.parse(await readFile(join(folder, schema), 'utf8'))).toMatchObject({ title: 'fewstep recipe' });
  });

  test('leaves a file that exists alone unless forced', async () => {
    const path = join(folder, 'twice.yaml');
    expect(JSON.parse(await runFewstep('init', path, '--json'))).toEqual({ path });
    await expect(runFewstep('init', path)).rejects.toThrow(FileError);
    expect(await runFewstep('init', path, '--force')).toContain('is written');
  });
});

describe('doctor', () => {
  test('finds the engine of the CPU and the data in order', async () => {
    const { findings } = JSON.parse(await runFewstep('doctor', '--json'));
    const status = (name: string) => findings.find((finding: { name: string }) => finding.name === name)?.status;
    expect(status('onnxruntime')).toBe('ok');
    expect(status('onnx cpu')).toBe('ok');
    expect(status('MNIST')).toBe('ok');
  });

  test('admits the versions of Node that are tested', () => {
    expect(['20.20.2', '22.1.0', '24.0.0', '23.5.0', '18.20.0'].map((version) => nodeFinding(version).status)).toEqual([
      'ok',
      'ok',
      'ok',
      'warning',
      'failed',
    ]);
  });
});

test('a command line is quoted for the shell', () => {
  expect(shellWords(['fewstep', 'run', 'a.yaml', '--set', 'seeds=[1, 2]', "it's"])).toBe(
    "fewstep run a.yaml --set 'seeds=[1, 2]' 'it'\\''s'",
  );
});
