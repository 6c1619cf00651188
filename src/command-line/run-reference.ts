import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Recipe } from '../distillation/recipe/recipe.ts';
import type { ResolvedRecipe } from '../distillation/recipe/resolve.ts';
import { FileError } from '../ground/errors.ts';
import { readRecipeHash } from '../ground/file/result-folder.ts';
import { runPath } from '../ground/file/run-folder.ts';
import { listRuns, runPhrase } from './kept-runs/state.ts';
import { runsFolder } from './kept-runs/text.ts';

const measurements = 'evaluation.json';
const resolvedRecipe = 'recipe.resolved.yaml';

/**
 * The recipe that a word names: a YAML file, or that of the run whose folder, report, students or file in these it is.
 * Throws FileError where there is none or it is no longer that run's, RecipeError where it is wrong.
 */
export async function resolveFor<Kind extends Recipe['kind']>(
  kind: Kind,
  word: string,
  set: readonly string[],
): Promise<ResolvedRecipe<Kind>> {
  const { loadRecipe } = await import('../plugins/load-recipe.ts');
  const run = await namedRun(word);
  if (run === undefined) return loadRecipe(kind, word, set);
  if (!existsSync(join(run, resolvedRecipe)))
    throw new FileError(`${word}: expected a recipe or the folder of a run, which has a ${resolvedRecipe}; found none`);
  const resolved = await loadRecipe(kind, join(run, resolvedRecipe), set);
  if (set.length === 0 && basename(run) !== `${resolved.recipe.name}-${resolved.hash}`)
    throw new FileError(
      `${run}: its recipe is now ${resolved.recipe.name}-${resolved.hash}: expected the folder where, and the version with which it was made; use the recipe itself`,
    );
  return resolved;
}

/**
 * The folder of the evaluated run that a word names: the run's recipe (with overrides), its folder, its report, or a
 * file in one of these. Throws FileError where there is none, RecipeError where the recipe is wrong.
 */
export async function runFolderOf(word: string, set: readonly string[] = []): Promise<string> {
  const run = set.length === 0 ? await namedRun(word) : undefined;
  if (run !== undefined) return evaluated(run);
  const { recipe, hash } = await resolveFor('distill', word, set);
  const folder = runPath(runsFolder, { name: recipe.name, hash });
  return amongRuns(recipe.name, folder, async () => evaluated(folder));
}

/** Where the measurements are that a word names, and the recipe that makes them where they are not there yet. */
export interface Measurements {
  readonly folder: string;
  readonly unmeasured?: ResolvedRecipe<'distill'>;
}

/**
 * The folder whose evaluation.json a word names: that of its run, or the report itself where it has a copy. A recipe's may
 * still have to be made. Throws FileError where a folder has none, RecipeError where a recipe is wrong.
 */
export async function measurementsOf(word: string): Promise<Measurements> {
  if (!isRecipeFile(word)) {
    const copy = await folderOf(word);
    return { folder: existsSync(join(copy, measurements)) ? copy : await runFolderOf(word) };
  }
  const resolved = await resolveFor('distill', word, []);
  const folder = runPath(runsFolder, { name: resolved.recipe.name, hash: resolved.hash });
  return { folder, ...(!existsSync(join(folder, measurements)) && { unmeasured: resolved }) };
}

/** Does something with a run; where its folder is not there, the error names the runs of the recipe that are. */
export async function amongRuns<Result>(recipe: string, run: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    if (!(cause instanceof FileError) || existsSync(run)) throw cause;
    const others = (await listRuns(recipe)).map((other) => runPhrase(other));
    if (others.length === 0) throw cause;
    const shown = [...others.slice(0, 5), ...(others.length > 5 ? [`and ${others.length - 5} more`] : [])];
    throw new FileError(`${cause.message}; runs of ${recipe} that are there: ${shown.join(', ')}`, { cause });
  }
}

const isRecipeFile = (word: string): boolean => /\.ya?ml$/i.test(word);

/** What tells the folder of a run or of its results from any other. */
const marks = ['run.json', 'report.html', resolvedRecipe, measurements];

/** The run's folder that a word names; undefined where it is a recipe. Throws FileError where it is nothing. */
async function namedRun(word: string): Promise<string | undefined> {
  if (isRecipeFile(word)) return undefined;
  const folder = await folderOf(word);
  const has = (name: string): boolean => existsSync(join(folder, name));
  if (folder !== word && !marks.some(has)) return undefined;
  if (has('run.json')) return reportedRun(folder, 'run.json');
  return has('report.html') && has(measurements) ? reportedRun(folder, measurements) : folder;
}

async function folderOf(word: string): Promise<string> {
  const found = await stat(word).catch(() => undefined);
  if (found === undefined)
    throw new FileError(`${word}: expected a recipe, the folder of a run or a report; there is no such file`);
  return found.isDirectory() ? word : dirname(word);
}

/** The run that a report or exported students are of, by the recipe's hash in one of their files. */
async function reportedRun(folder: string, file: string): Promise<string> {
  const recipeHash = await readRecipeHash(join(folder, file));
  const names = await readdir(runsFolder).catch((): string[] => []);
  const name = names.find((candidate) => candidate.endsWith(`-${recipeHash}`));
  if (name === undefined)
    throw new FileError(
      `${folder}: expected its run as ${join(runsFolder, `*-${recipeHash}`)}, found none; what is in the folder can be read and compared, but only its run can be worked with: run its recipe`,
    );
  return join(runsFolder, name);
}

function evaluated(folder: string): string {
  if (existsSync(join(folder, measurements))) return folder;
  throw new FileError(
    `${join(folder, measurements)}: expected the measurements of a run, found none; \`fewstep evaluate <recipe>\` makes them`,
  );
}
