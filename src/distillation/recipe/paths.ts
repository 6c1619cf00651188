/** Paths in a recipe are relative to its file, wherever the command runs; in a resolved recipe, to the working folder. */
import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { stringify } from 'yaml';
import { withoutWorkers } from './canonical.ts';
import { valueAt } from './diagnosis.ts';
import { parseRecipeDocument } from './document.ts';
import { applyOverride } from './override.ts';
import { pluginFields } from './plugins.ts';
import { type FieldPath, type Problem, shownValue } from './problem.ts';
import type { Recipe } from './recipe.ts';

/** What is read where a recipe is run. */
const inputs: readonly FieldPath[] = [
  ['teacher', 'path'],
  ['data', 'path'],
  ['evaluation', 'features'],
  ['evaluation', 'features', 'model'],
  ['evaluation', 'statistics'],
  ['evaluation', 'command', 'folder'],
];

/** A path as it is written; a command's folder is the recipe's own where it is not. */
function pathAt(recipe: unknown, field: FieldPath): unknown {
  const written = valueAt(recipe, field);
  const above = field.at(-1) === 'folder' ? valueAt(recipe, field.slice(0, -1)) : undefined;
  return written === undefined && typeof above === 'object' && above !== null ? '.' : written;
}

/** All fields of a recipe's value that are paths. */
export const pathFields = (recipe: unknown): readonly FieldPath[] => [...inputs, ['output'], ...pluginFields(recipe)];

/** A path that is relative to one folder, relative to another; an absolute one stays as it is. */
const movedPath = (path: string, from: string, to: string): string =>
  isAbsolute(path) ? path : relative(to, resolve(from, path)).split(sep).join('/') || '.';

/** A recipe's value with its paths relative to `to`, which were to `from`; those for which `stays` holds are left. */
export function movePaths(
  recipe: unknown,
  { from, to, stays = () => false }: { from: string; to: string; stays?: (field: FieldPath) => boolean },
): unknown {
  return pathFields(recipe).reduce((moved: unknown, path) => {
    const written = pathAt(recipe, path);
    if (typeof written !== 'string' || stays(path)) return moved;
    const result = applyOverride(moved, { where: '', path, value: movedPath(written, from, to) });
    return 'value' in result ? result.value : moved;
  }, recipe);
}

/** A resolved recipe as text: every default written out, paths relative to the working folder. */
export const recipeText = (recipe: Recipe): string => stringify(recipe, { lineWidth: 0 });

/** The same for the run's folder: paths relative to it, and the same text whatever the number of workers. */
export const runRecipeText = (recipe: Recipe, run: string): string =>
  stringify(movePaths(withoutWorkers(recipe), { from: '.', to: run }), { lineWidth: 0 });

/** The text of a resolved recipe in one folder, for another; one that is no recipe stays as it is. */
export function movedText(text: string, from: string, to: string): string {
  const { value, problems } = parseRecipeDocument(text);
  return problems.length > 0 ? text : stringify(movePaths(value, { from, to }), { lineWidth: 0 });
}

/** Paths of a recipe in `folder` that only exist when they are read relative to the working folder. */
export const misplaced = (written: unknown, folder: string): Problem[] =>
  inputs.flatMap((path) => {
    const text = valueAt(written, path);
    if (typeof text !== 'string' || existsSync(resolve(folder, text)) || !existsSync(text)) return [];
    const message = `expected a path relative to the recipe, like ${movedPath(text, '.', folder)}; got ${shownValue(text)}, which is relative to the working folder`;
    return [{ path, message }];
  });
