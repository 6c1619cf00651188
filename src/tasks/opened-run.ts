import { dirname, join, relative } from 'node:path';
import { recipeHash } from '../distillation/recipe/canonical.ts';
import { movePaths } from '../distillation/recipe/paths.ts';
import type { DistillRecipe, Recipe } from '../distillation/recipe/recipe.ts';
import { FileError } from '../ground/errors.ts';
import { pathInside } from '../ground/file/inside.ts';
import { loadRecipe } from '../plugins/load-recipe.ts';
import { type RunPlan, readPlan } from './plan.ts';
import { runName } from './task.ts';

/** A run as any machine finds it in the folder of runs. */
export interface OpenedRun {
  readonly name: string;
  readonly path: string;
  readonly recipe: DistillRecipe;
  readonly plan: RunPlan;
}

/**
 * Opens a run by its name. Throws FileError where there is none, or its recipe is not the one that its name tells: nothing
 * in a folder that others write is done because it stands there.
 */
export async function openedRun(runs: string, name: string): Promise<OpenedRun> {
  if (!runName.safeParse(name).success)
    throw new FileError(`${runs}: expected the name of a run, got ${JSON.stringify(name)}`);
  const path = await pathInside(runs, name);
  const file = join(path, 'recipe.resolved.yaml');
  const { recipe } = await loadRecipe('distill', file);
  const hash = hashIn(recipe, dirname(runs));
  if (name !== `${recipe.name}-${hash}`)
    throw new FileError(`${file}: expected the recipe of ${name}, found that of ${recipe.name}-${hash}`);
  return {
    name,
    path,
    recipe,
    plan: await readPlan(path),
  };
}

/** The hash of a recipe as it is in the folder where its run was begun: paths are a part of it. */
function hashIn(recipe: DistillRecipe, folder: string): string {
  return relative('.', folder) === ''
    ? recipeHash(recipe)
    : recipeHash(movePaths(recipe, { from: '.', to: folder }) as Recipe);
}
