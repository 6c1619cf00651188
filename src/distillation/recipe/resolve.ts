import { dirname } from 'node:path';
import type { RecipeError } from '../../ground/errors.ts';
import { importedInputs } from '../../teachers/imported/inputs.ts';
import { recipeHash } from './canonical.ts';
import { completeRecipe, type EngineDefaults } from './complete.ts';
import { inconsistencies } from './cross-checks.ts';
import { check, valueAt } from './diagnosis.ts';
import { parseRecipeDocument } from './document.ts';
import { applyOverride, type Override, parseOverride } from './override.ts';
import { misplaced, movePaths, recipeText } from './paths.ts';
import { pluginProblems } from './plugins.ts';
import { type FieldPath, type Problem, recipeError } from './problem.ts';
import type { Recipe, RecipeByKind } from './recipe.ts';
import { recipeSchema } from './schema/recipe.ts';
import type { ImportedHead } from './signature.ts';
import { readRecipeText } from './source.ts';

/** What a recipe is resolved with. */
export interface ResolveOptions<Kind extends Recipe['kind'] = Recipe['kind']> {
  readonly engineDefaults: EngineDefaults;
  /** Overrides: `students[0].training.steps=10`, values in YAML; later ones win. */
  readonly set?: readonly string[];
  /** The only kind that will do. */
  readonly kind?: Kind;
  /** How the card of an imported head is read; from its folder unless given. */
  readonly importedHead?: ImportedHead;
}

/** A recipe that is ready to run. */
export interface ResolvedRecipe<Kind extends Recipe['kind'] = Recipe['kind']> {
  readonly recipe: RecipeByKind[Kind];
  /** Twelve hex digits: the run's identity. */
  readonly hash: string;
  /** The resolved recipe as YAML: every default written out, paths relative to the working folder. */
  readonly yaml: string;
}

/** Reads, checks and completes a recipe. Throws RecipeError (all that is wrong, with its place) or FileError. */
export async function resolveRecipe<Kind extends Recipe['kind'] = Recipe['kind']>(
  path: string,
  options: ResolveOptions<Kind>,
): Promise<ResolvedRecipe<Kind>> {
  return resolveRecipeText(await readRecipeText(path), path, options);
}

/** The same for a text; `name` stands for the file: in errors, and for the folder that paths are relative to. */
export function resolveRecipeText<Kind extends Recipe['kind'] = Recipe['kind']>(
  text: string,
  name: string,
  options: ResolveOptions<Kind>,
): ResolvedRecipe<Kind> {
  const { value, fail } = readValue(text, name, options.set);
  const refused = pluginProblems(value);
  if (refused.length > 0) throw fail(refused);
  const checked = check(recipeSchema(), value);
  if ('problems' in checked) throw fail(checked.problems);
  const recipe = completeRecipe(checked.value, options.engineDefaults);
  if (!isKind(recipe, options.kind)) throw fail([otherKind(recipe.kind, options.kind)]);
  const problems = inconsistencies(recipe, options.importedHead ?? importedInputs);
  if (problems.length > 0) throw fail(problems);
  return { recipe: frozen(recipe), hash: recipeHash(recipe), yaml: recipeText(recipe) };
}

/** A recipe's text, its overrides applied and its paths relative to the working folder, not checked yet. */
export interface RecipeValue {
  readonly value: unknown;
  /** The error that lists problems of it with their places. */
  readonly fail: (problems: readonly Problem[]) => RecipeError;
}

/** Reads a recipe's text. Throws RecipeError where it is no YAML, an override none, or a path is not where it should be. */
export function readValue(text: string, name: string, set: readonly string[] = []): RecipeValue {
  const document = parseRecipeDocument(text);
  const given = set.map(parseOverride);
  const overrides = given.filter((item): item is Override => 'value' in item);
  const fail = (problems: readonly Problem[]) =>
    recipeError(
      problems,
      ({ path, atKey }) => overrideAt(path, overrides, document.value) ?? `${name}:${document.placeOf(path, atKey)}`,
    );
  const faults = [
    ...document.problems.map(({ place, ...problem }) => ({ ...problem, where: `${name}:${place}` })),
    ...given.filter((item): item is Problem => 'message' in item),
  ];
  if (faults.length > 0) throw fail(faults);

  let value = document.value;
  for (const override of overrides) {
    const result = applyOverride(value, override);
    if ('problem' in result) throw fail([result.problem]);
    value = result.value;
  }
  const folder = dirname(name);
  const overridden = (path: FieldPath) => overrideAt(path, overrides, document.value) !== undefined;
  const astray = misplaced(document.value, folder).filter(({ path }) => !overridden(path));
  if (astray.length > 0) throw fail(astray);
  return { value: movePaths(value, { from: folder, to: '.', stays: overridden }), fail };
}

/** The override that a field comes from: it set the field, or what holds it, or made it on its way. */
function overrideAt(path: FieldPath, overrides: readonly Override[], written: unknown): string | undefined {
  const covers = (above: FieldPath, below: FieldPath) => above.every((key, index) => key === below[index]);
  const isNew = valueAt(written, path) === undefined;
  return overrides.findLast((override) => covers(override.path, path) || (isNew && covers(path, override.path)))?.where;
}

const commands: Readonly<Record<Recipe['kind'], string>> = {
  distill: 'fewstep run',
  teacher: 'fewstep teacher train',
  features: 'fewstep features train',
};

const isKind = <Kind extends Recipe['kind']>(recipe: Recipe, kind: Kind | undefined): recipe is RecipeByKind[Kind] =>
  kind === undefined || recipe.kind === kind;

const otherKind = (kind: Recipe['kind'], wanted: string | undefined): Problem => ({
  path: ['kind'],
  message: `expected ${wanted}, got "${kind}" (which is for ${commands[kind]})`,
});

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
