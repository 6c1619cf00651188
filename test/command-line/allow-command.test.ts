import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallRecipeText } from '../small-recipe.ts';
import { runFewstep } from './run-fewstep.ts';

const home = process.cwd();
let folder = '';

/** The small recipe with a command whose program is this. */
const withProgram = (program: string): string =>
  `${smallRecipeText}  command:
    run: [${program}, 'a b', '{head}', '{seed}', '{out}']
    teacher: [${program}, '{seed}', '{out}']
    reads: metrics
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-allow-'));
  process.chdir(folder);
  await writeFile('small.yaml', withProgram('./loop.sh'));
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe('the program of a recipe', () => {
  it.each([['run'], ['evaluate'], ['compare']])('is run by %s only where the command line allows it', async (word) => {
    await expect(runFewstep(word, 'small.yaml')).rejects.toMatchObject({
      code: 'usage',
      message: `evaluation.command: it runs a program of its own, which a recipe alone may not: expected --allow-command on the command line (allowCommand of the library), to run in ${process.cwd()}: ./loop.sh '{seed}' '{out}'; ./loop.sh 'a b' '{head}' '{seed}' '{out}'`,
    });
    expect(await readdir('.')).toEqual(['small.yaml']);
  });

  it('is looked for before anything is trained', async () => {
    await expect(runFewstep('evaluate', 'small.yaml', '--allow-command')).rejects.toMatchObject({
      code: 'command',
      message: 'evaluation.command.run: ./loop.sh: expected a program, found none that can be run',
    });
    await writeFile('loop.sh', '', { mode: 0o644 });
    await expect(runFewstep('evaluate', 'small.yaml', '--allow-command')).rejects.toThrow('none that can be run');
    const words = ['--allow-command', '--set', 'evaluation.command.run=[no-such-program,"{head}","{seed}","{out}"]'];
    await expect(runFewstep('evaluate', 'small.yaml', ...words)).rejects.toThrow('no-such-program: expected a program');
    await expect(
      runFewstep('evaluate', 'small.yaml', '--allow-command', '--set', 'evaluation.command.folder=nowhere'),
    ).rejects.toThrow('evaluation.command.folder: nowhere: expected a folder, found none');
  });

  it('is shown by a dry run, with how often it would run', async () => {
    const text = await runFewstep('run', 'small.yaml', '--dry-run');
    expect(text).toContain(`
# evaluation.command, with --allow-command alone, in .:
#   teacher, 3 runs: ./loop.sh '{seed}' '{out}'
#   students, 3 runs: ./loop.sh 'a b' '{head}' '{seed}' '{out}'`);
    const { command } = JSON.parse(await runFewstep('evaluate', 'small.yaml', '--dry-run', '--json'));
    expect(command.students).toEqual({ runs: 3, words: ['./loop.sh', 'a b', '{head}', '{seed}', '{out}'] });
  });
});
