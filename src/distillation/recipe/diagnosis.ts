import { z } from 'zod';
import { choicesOf, expectation, type FieldSchema, inlined, keysOf, schemaAt } from './expectation.ts';
import { type FieldPath, type Problem, shownValue } from './problem.ts';
import { suggestion } from './suggestion.ts';

/** Result of a check: the typed value, or what is wrong with it. */
export type Checked<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

/** Checks a value against a schema; problems carry paths that start at `at`. */
export function check<T>(schema: z.ZodType<T>, value: unknown, at: FieldPath = []): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const described = descriptionOf(schema);
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, described, value, []));
  const unknownFirst = problems.toSorted((a, b) => Number(b.atKey ?? false) - Number(a.atKey ?? false));
  return { problems: unknownFirst.map((problem) => ({ ...problem, path: [...at, ...problem.path] })) };
}

const descriptions = new WeakMap<z.ZodType, FieldSchema>();

/** A schema as errors speak of it; made once for each. */
function descriptionOf(schema: z.ZodType): FieldSchema {
  const made = descriptions.get(schema) ?? inlined(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  descriptions.set(schema, made);
  return made;
}

function problemsOf(issue: z.core.$ZodIssue, schema: FieldSchema, value: unknown, above: FieldPath): Problem[] {
  const path = [...above, ...issue.path.filter((key) => typeof key !== 'symbol')];
  const here = schemaAt(schema, path, value);
  const got = valueAt(value, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, keysOf(here)));
  if (issue.code === 'invalid_union' && got === undefined) {
    const mistyped = strangeKeys(schema, path.slice(0, -1), value);
    if (mistyped.length > 0) return [...mistyped, oneOf('options' in issue ? wordsOf(issue.options) : [], path, got)];
  }
  if (issue.code === 'invalid_key') {
    const told = issue.issues.map(({ message }) => message).join('; ');
    return [{ path, atKey: true, message: `${told}, got ${shownValue(issue.path.at(-1))}` }];
  }
  if (issue.code === 'custom') return [{ path, message: `${issue.message}, got ${shownValue(got)}` }];
  if (issue.code === 'invalid_union') {
    const isWord = typeof got !== 'object'; // a mapping is never meant as one of some words
    const deeper = issue.errors.find((branch) =>
      branch.every(
        ({ path, code }) => path.length > 0 || !(code === 'invalid_type' || (code === 'invalid_value' && !isWord)),
      ),
    );
    if (deeper !== undefined) return deeper.flatMap((inner) => problemsOf(inner, schema, value, path));
    if ('options' in issue) return [oneOf(wordsOf(issue.options), path, got)];
  }
  const choices = choicesOf(here);
  if (choices.length > 0) {
    const { message, ...problem } = oneOf(choices, path, got);
    const why = Object.getOwnPropertyDescriptor(here?.elsewhere ?? {}, String(got))?.value;
    return [{ ...problem, message: why === undefined ? message : `${message}; ${why}` }];
  }
  return [{ path, message: `expected ${expectation(here)}, got ${shownValue(got)}` }];
}

/** The words that tell mappings apart, without the absence of one. */
const wordsOf = (options: readonly unknown[] = []): string[] =>
  options.filter((word) => word !== undefined).map(String);

/** The keys beside a missing word that tells mappings apart (`method`) which no such mapping has. */
function strangeKeys(schema: FieldSchema, path: FieldPath, value: unknown): Problem[] {
  const known = keysOf(schemaAt(schema, path, value));
  const keys = Object.keys(valueAt(value, path) ?? {});
  return keys.filter((key) => !known.includes(key)).map((key) => unknownKey(key, path, known));
}

const unknownKey = (key: string, path: FieldPath, known: readonly string[]): Problem => ({
  path: [...path, key],
  atKey: true,
  message: `unknown key${suggestion(key, known) || (known.length > 0 ? `; expected ${known.join(', ')}` : '')}`,
});

/** The problem of a word that is none of the known ones. */
export const oneOf = (known: readonly string[], path: FieldPath, got: unknown): Problem => ({
  path,
  message: `expected ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}, got ${shownValue(got)}${suggestion(got, known)}`,
});

/** The value at a path, or undefined where there is none. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.getOwnPropertyDescriptor(here, key)?.value;
  }
  return here;
}
