import { availableParallelism } from 'node:os';
import type { Recipe } from './recipe.ts';
import { type ResolvedRecipe, resolveRecipe } from './resolve.ts';

/**
 * Resolves the recipe of a kind in a file; `set` overrides fields
 * (`students[0].training.steps=10`). Throws RecipeError (all that is wrong, with its place) or FileError.
 */
export const loadRecipe = <Kind extends Recipe['kind']>(
  kind: Kind,
  path: string,
  set: readonly string[] = [],
): Promise<ResolvedRecipe<Kind>> =>
  resolveRecipe(path, {
    kind,
    set,
    engineDefaults: { workers: availableParallelism() },
  });
