import { RecipeError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { visible } from '../../ground/file/visible.ts';

/** Keys and indices from the recipe's root to a field. */
export type FieldPath = readonly (string | number)[];

/** Something wrong with a recipe. `where` replaces the place, for problems of the file's text and of overrides. */
export interface Problem {
  readonly path: FieldPath;
  readonly message: string;
  readonly where?: string;
  /** The key itself is wrong, not its value. */
  readonly atKey?: boolean;
}

const shown = 10;

/** A key as an error shows it: in quotes unless it is a plain word of a usual length. */
export const shownKey = (key: string): string => (/^[\w-]{1,64}$/.test(key) ? key : quoted(key, 64));

/** A path as it is written: `students[0].training.steps`. */
export const fieldName = (path: FieldPath): string =>
  path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? shownKey(key) : `.${shownKey(key)}`))
    .join('');

/** The error that lists the problems, ten at most, one a line: `place path: message`. */
export function recipeError(problems: readonly Problem[], placeOf: (problem: Problem) => string): RecipeError {
  const lines = problems.slice(0, shown).map((problem) => {
    const { path, message, where } = problem;
    const name = fieldName(path);
    const place = where ?? placeOf(problem);
    const told = name === '' || place.startsWith(`--set ${name}=`);
    return `${place}${told ? '' : ` ${name}`}: ${message}`;
  });
  const rest = problems.length - lines.length;
  return new RecipeError([...lines, ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n'));
}

/** A value as an error shows it: short, and by its kind when it is not a single value. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? visible(JSON.stringify(value.slice(0, 100))) : String(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
