import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FileError } from '../errors.ts';
import { readJson } from '../file/json.ts';
import { runPath } from '../file/run-folder.ts';
import { resolveFor } from './recipe-command.ts';

const runs = 'runs';
const measurements = 'evaluation.json';
const mark = z.looseObject({ recipeHash: z.string() });

/**
 * The folder of the evaluated run that a word names: the run's recipe (with overrides), its folder, its report, or a
 * file in one of these. Throws FileError where there is none, RecipeError where the recipe is wrong.
 */
export async function runFolderOf(word: string, set: readonly string[] = []): Promise<string> {
  if (/\.ya?ml$/i.test(word)) return evaluated(await recipeRun(word, set));
  const folder = await folderOf(word);
  return existsSync(join(folder, 'run.json')) ? evaluated(await reportedRun(folder)) : evaluated(folder);
}

/** The folder whose evaluation.json a word names: that of its run, or the report itself where it has a copy. */
export async function evaluationFolderOf(word: string): Promise<string> {
  const copy = /\.ya?ml$/i.test(word) ? undefined : await folderOf(word);
  return copy !== undefined && existsSync(join(copy, measurements)) ? copy : runFolderOf(word);
}

async function recipeRun(path: string, set: readonly string[]): Promise<string> {
  const { recipe, hash } = await resolveFor('distill', path, set);
  return runPath(runs, { name: recipe.name, hash });
}

async function folderOf(word: string): Promise<string> {
  const found = await stat(word).catch(() => undefined);
  if (found === undefined)
    throw new FileError(`${word}: expected a recipe, the folder of a run or a report; there is no such file`);
  return found.isDirectory() ? word : dirname(word);
}

/** The run that a report is of, by the recipe's hash in its mark. */
async function reportedRun(folder: string): Promise<string> {
  const { recipeHash } = await readJson(join(folder, 'run.json'), mark);
  const names = await readdir(runs).catch((): string[] => []);
  const name = names.find((candidate) => candidate.endsWith(`-${recipeHash}`));
  if (name === undefined)
    throw new FileError(`${folder}: expected its run as ${join(runs, `*-${recipeHash}`)}, found none`);
  return join(runs, name);
}

function evaluated(folder: string): string {
  if (existsSync(join(folder, measurements))) return folder;
  throw new FileError(
    `${join(folder, measurements)}: expected the measurements of a run, found none; \`fewstep evaluate <recipe>\` makes them`,
  );
}
