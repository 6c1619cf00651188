import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowError } from '../../ground/errors.ts';
import { runPath } from '../../ground/file/run-folder.ts';
import type { RecipePlugin } from '../../ground/plugin/plugins-schema.ts';
import { canonicalJson, withoutWorkers } from './canonical.ts';
import { parseRecipeDocument } from './document.ts';
import { movePaths } from './paths.ts';
import { pluginsIn } from './plugins.ts';
import type { Recipe } from './recipe.ts';
import { readRecipeText } from './source.ts';

/** The most runs of a recipe that are looked at. */
const MOST_RUNS = 100;

/**
 * What is told of a run that is new because a plug-in has changed: the runs under `root` of the same recipe with other plug-in
 * files, a sentence each. None where the run is there already.
 */
export async function changedPlugins(
  root: string,
  { recipe, hash }: { readonly recipe: Recipe; readonly hash: string },
): Promise<string[]> {
  const { name, plugins = [] } = recipe;
  if (plugins.length === 0) return [];
  const folders = await readdir(root).catch((): string[] => []);
  const own = runPath('', { name, hash });
  if (folders.includes(own)) return [];
  const others = folders.filter((folder) => folder.startsWith(`${name}-`) && /-[0-9a-f]{12}$/.test(folder)).sort();
  const found = await Promise.all(others.slice(0, MOST_RUNS).map((folder) => changedSince(join(root, folder), recipe)));
  return found.flatMap((paths, index) =>
    paths.length === 0
      ? []
      : [`${paths.join(' and ')} changed since ${join(root, others[index] ?? '')} was made: this is a new run`],
  );
}

/** The plug-ins that are all that tells a recipe from that of a run. */
async function changedSince(run: string, recipe: Recipe): Promise<string[]> {
  const text = await readRecipeText(join(run, 'recipe.resolved.yaml')).catch((error) => {
    if (error instanceof FlowError) return '';
    throw error;
  });
  const before = movePaths(parseRecipeDocument(text).value, { from: run, to: '.' });
  if (canonicalJson(unpinned(before)) !== canonicalJson(unpinned(withoutWorkers(recipe)))) return [];
  const then = new Map(pluginsIn(before).map(({ path, sha256 }) => [path, sha256]));
  return pluginsIn(recipe).flatMap(({ path, sha256 }: RecipePlugin) => (then.get(path) === sha256 ? [] : [path]));
}

/** A recipe's value without what its plug-ins hold. */
const unpinned = (recipe: unknown): unknown =>
  typeof recipe !== 'object' || recipe === null
    ? recipe
    : { ...recipe, plugins: pluginsIn(recipe).map(({ path }) => path) };
