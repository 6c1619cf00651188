import { loadRecipe as loadKnown } from '../distillation/recipe/load.ts';
import { pluginsIn } from '../distillation/recipe/plugins.ts';
import type { Recipe } from '../distillation/recipe/recipe.ts';
import { type ResolvedRecipe, readValue } from '../distillation/recipe/resolve.ts';
import { readRecipeText } from '../distillation/recipe/source.ts';

let allowed = false;

/** From now on the plug-ins that recipes name are loaded: their code is run. */
export function allowRecipePlugins(): void {
  allowed = true;
}

/**
 * Resolves the recipe of a kind in a file; `set` overrides fields (`students[0].training.steps=10`). Its plug-ins are loaded
 * where `allowPlugins` says so; a recipe alone never runs code. Throws RecipeError (all that is wrong, with its place),
 * FileError or PluginError.
 */
export async function loadRecipe<Kind extends Recipe['kind']>(
  kind: Kind,
  path: string,
  set: readonly string[] = [],
  { allowPlugins = allowed }: { readonly allowPlugins?: boolean } = {},
): Promise<ResolvedRecipe<Kind>> {
  if (allowPlugins) {
    const plugins = pluginsIn(readValue(await readRecipeText(path), path, set).value);
    if (plugins.length > 0) await (await import('./use-plugins.ts')).useRecipePlugins(plugins);
  }
  return loadKnown(kind, path, set);
}
