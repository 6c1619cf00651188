import { availableParallelism } from 'node:os';
import { solvers } from '../../heads/solver/table.ts';
import { importedInputs } from '../../teachers/imported/inputs.ts';
import { methods } from '../method/table.ts';
import { samplers } from '../student/sampler/table.ts';
import type { Recipe } from './recipe.ts';
import { type ResolvedRecipe, resolveRecipe } from './resolve.ts';

/**
 * Resolves the recipe of a kind in a file, for the methods and solvers that there are; `set` overrides fields
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
    methodSchemas: Object.fromEntries(Object.entries(methods).map(([name, { options }]) => [name, options])),
    solverNames: Object.keys(solvers),
    flowMapMethods: Object.entries(methods).flatMap(([name, { sampler }]) =>
      samplers[sampler].twoTimes ? [name] : [],
    ),
    methodNeeds: Object.fromEntries(Object.entries(methods).map(([name, { needs }]) => [name, needs])),
    importedHead: importedInputs,
    engineDefaults: { workers: availableParallelism() },
  });
