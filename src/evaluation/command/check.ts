/** What is looked at hours before a command runs: whether it may, and whether there is such a program. */
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { CommandError, UsageError } from '../../ground/errors.ts';
import { shortened } from '../../ground/file/visible.ts';
import { shellWords } from '../../ground/process/shell-words.ts';

/** The command as it would be run, for messages. */
const shown = (words: readonly string[]): string => shortened(shellWords(words), 1000);

/** Throws UsageError where a recipe has a command that nobody allowed. */
export function checkAllowed({ evaluation: { command } }: DistillRecipe, allowed: boolean): void {
  if (command === undefined || allowed) return;
  const { run, teacher } = command;
  throw new UsageError(
    `evaluation.command: it runs a program of its own, which a recipe alone may not: expected --allow-command on the command line (allowCommand of the library), to run in ${resolve(command.folder)}: ${[...(teacher ? [teacher] : []), run].map(shown).join('; ')}`,
  );
}

/** Throws CommandError where its folder or one of its programs is not there. */
export async function checkCommand({ evaluation: { command } }: DistillRecipe): Promise<void> {
  if (command === undefined) return;
  const { run, teacher = run, folder } = command;
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true)
    throw new CommandError(`evaluation.command.folder: ${folder}: expected a folder, found none`);
  for (const [field, [program = '']] of Object.entries({ run, teacher }))
    if (!(await isThere(program, folder)))
      throw new CommandError(`evaluation.command.${field}: ${program}: expected a program, found none that can be run`);
}

async function isThere(program: string, folder: string): Promise<boolean> {
  if (process.platform === 'win32') return true; // which looks for it by more than its name
  const places = program.includes('/')
    ? [resolve(folder, program)]
    : (process.env.PATH ?? '').split(delimiter).map((place) => join(resolve(folder, place), program));
  for (const place of places) {
    const found = await stat(place).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    if (
      await access(place, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}
