import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeFinding } from '../../src/cli/check/machine.ts';
import { commands } from '../../src/cli/commands.ts';
import { shellWords } from '../../src/cli/process-terminal.ts';
import { createProgram } from '../../src/cli/program.ts';
import { textTable } from '../../src/cli/text-table.ts';
import { FileError } from '../../src/errors.ts';
import { resolveRecipe } from '../../src/recipe/resolve.ts';
import { testOptions } from '../recipe/tables.ts';
import { testTerminal } from './terminal.ts';

const run = async (...words: string[]): Promise<string> => {
  const terminal = testTerminal();
  const program = await createProgram(words, terminal);
  await program.parseAsync(words, { from: 'user' });
  return terminal.printed.join('\n');
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('every command', () => {
  test.each(Object.keys(commands))('%s has a summary, a description and an example', async (name) => {
    const program = await createProgram([name], testTerminal());
    const command = program.commands.find((inner) => inner.name() === name);
    let help = '';
    command?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(command?.summary()).not.toBe('');
    expect(command?.description().length).toBeGreaterThan(20);
    expect(help).toContain(`\nExample:\n  fewstep ${name}`);
    expect(help).toContain('--json');
  });

  test('that is not asked for is there by name only', async () => {
    const program = await createProgram(['init'], testTerminal());
    expect(program.commands.map((command) => command.name())).toEqual(Object.keys(commands));
    expect(program.commands.find((command) => command.name() === 'doctor')?.options).toEqual([]);
  });
});

describe('run --dry-run', () => {
  test('prints a recipe that resolves to the same hash', async () => {
    const text = await run('run', 'recipes/smoke.yaml', '--dry-run', '--set', 'seeds=[1, 2]', '--set', 'name=other');
    const [, name, hash] = /^# (.*)-(.*)$/m.exec(text) ?? [];
    const path = join(folder, 'resolved.yaml');
    await writeFile(path, text);
    expect(name).toBe('other');
    const again = JSON.parse(await run('run', path, '--dry-run', '--json'));
    expect(again).toMatchObject({ hash, recipe: { name: 'other', seeds: [1, 2] } });
  });

  test('refuses a recipe of another kind', async () => {
    await expect(run('run', 'recipes/digits-teacher.yaml', '--dry-run')).rejects.toThrow(
      /kind: expected distill, got "teacher" \(which is for fewstep teacher train\)/,
    );
  });
});

describe('init', () => {
  test('writes a recipe that resolves, named after its file', async () => {
    const path = join(folder, 'deeper', 'My first!.yaml');
    expect(await run('init', path)).toBe(`${path} is written; run it with: fewstep run ${path}`);
    const { recipe } = await resolveRecipe(path, testOptions);
    expect(recipe.name).toBe('my-first');
  });

  test('points editors to the schema', async () => {
    const path = join(folder, 'schema.yaml');
    await run('init', path);
    const schema = /\$schema=(.*)/.exec(await readFile(path, 'utf8'))?.[1] ?? '';
    expect(JSON.parse(await readFile(join(folder, schema), 'utf8'))).toMatchObject({ title: 'fewstep recipe' });
  });

  test('leaves a file that exists alone unless forced', async () => {
    const path = join(folder, 'twice.yaml');
    expect(JSON.parse(await run('init', path, '--json'))).toEqual({ path });
    await expect(run('init', path)).rejects.toThrow(FileError);
    expect(await run('init', path, '--force')).toContain('is written');
  });
});

describe('doctor', () => {
  test('finds the engine of the CPU and the data in order', async () => {
    const { findings } = JSON.parse(await run('doctor', '--json'));
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

test('a table is as wide as its cells', () => {
  expect(
    textTable([
      ['a', 'bb', 'c'],
      ['aaa', 'b'],
    ]),
  ).toBe('a    bb  c\naaa  b');
});
