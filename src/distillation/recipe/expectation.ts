import type { z } from 'zod';
import type { FieldPath } from './problem.ts';

/** A JSON schema as zod prints it: the one description that editors, errors and this file read. */
export type FieldSchema = z.core.JSONSchema.BaseSchema & {
  patternErrorMessage?: string;
  /** Words that are right in other fields, and why not here. */
  elsewhere?: Readonly<Record<string, string>>;
};

const isSchema = (schema: unknown): schema is FieldSchema => typeof schema === 'object' && schema !== null;

/** A schema with the parts that it refers to (`#/$defs/…`) in their places. */
export function inlined(schema: FieldSchema, definitions: FieldSchema['$defs'] = schema.$defs): FieldSchema {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isMapping(value)) return value;
    const { $ref, $defs: _, ...own } = value;
    const part = typeof $ref === 'string' ? definitions?.[$ref.replace('#/$defs/', '')] : undefined;
    return Object.fromEntries(Object.entries({ ...part, ...own }).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(schema) as FieldSchema;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const branches = (schema: FieldSchema): FieldSchema[] => (schema.oneOf ?? schema.anyOf ?? []).filter(isSchema);

/** The branch of a union that a value is meant for: the same constants, else the only mapping for a mapping. */
function chosen(schema: FieldSchema, value: unknown): FieldSchema {
  if (!isMapping(value)) return schema;
  const mappings = branches(schema).filter((branch) => branch.properties !== undefined);
  const matching = mappings.filter((branch) =>
    Object.entries(branch.properties ?? {}).some(
      ([key, field]) => isSchema(field) && field.const !== undefined && field.const === value[key],
    ),
  );
  const [first, second] = matching.length > 0 ? matching : mappings;
  return first !== undefined && second === undefined ? first : schema;
}

function below(schema: FieldSchema, key: string | number): FieldSchema | undefined {
  const properties = schema.properties ?? {};
  const field = typeof key === 'number' ? schema.items : Object.hasOwn(properties, key) ? properties[key] : undefined;
  return isSchema(field) ? field : undefined;
}

/** The part of a schema that describes the field at a path of a value, or undefined for unknown fields. */
export function schemaAt(schema: FieldSchema, path: FieldPath, value: unknown): FieldSchema | undefined {
  const here = chosen(schema, value);
  const [key, ...rest] = path;
  if (key === undefined) return here;
  const inner =
    Array.isArray(value) || isMapping(value) ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
  const field = [here, ...branches(here)].map((schema) => below(schema, key)).find((found) => found !== undefined);
  return field === undefined ? undefined : schemaAt(field, rest, inner);
}

/** The keys of a mapping's schema; of a union, those of all its mappings. */
export const keysOf = (schema: FieldSchema | undefined): string[] =>
  schema === undefined
    ? []
    : [...new Set([schema, ...branches(schema)].flatMap(({ properties = {} }) => Object.keys(properties)))];

/** The words or numbers that a field may be, or none where any will do. Of a union of mappings, its kinds. */
export function choicesOf(schema: FieldSchema | undefined): string[] {
  if (schema === undefined) return [];
  if (schema.const !== undefined) return [String(schema.const)];
  return (schema.enum ?? []).map(String);
}

const list = (words: readonly string[]): string =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words.join('');

/** Branches with all mappings as one, which asks for what they all ask for. */
function withOneMapping(union: readonly FieldSchema[]): FieldSchema[] {
  const [first, ...others] = union.filter((branch) => branch.type === 'object');
  if (first === undefined) return [...union];
  const required = (first.required ?? []).filter((key) => others.every((other) => other.required?.includes(key)));
  return [...union.filter((branch) => branch.type !== 'object'), { type: 'object', required }];
}

/** What a field should be, in words: `a whole number from 1 to 64`. */
export function expectation(schema: FieldSchema | undefined): string {
  if (schema === undefined) return 'something else';
  const choices = choicesOf(schema);
  if (choices.length > 0) return list(choices);
  const union = branches(schema);
  if (union.length > 0) return list([...new Set(withOneMapping(union).map(expectation))]);
  const pattern = schema.patternErrorMessage?.replace(/^expected /, '');
  return pattern ?? (phrases[String(schema.type)] ?? (() => 'another value'))(schema);
}

const phrases: Readonly<Record<string, (schema: FieldSchema) => string>> = {
  integer: (schema) => `a whole number${bounds(schema)}`,
  number: (schema) => `a number${bounds(schema)}`,
  string: () => 'text',
  boolean: () => 'true or false',
  null: () => 'nothing',
  array: ({ minItems = 0, maxItems }) =>
    `a list${maxItems !== undefined ? ` of ${minItems} to ${maxItems}` : minItems > 0 ? ` of at least ${minItems}` : ''}`,
  object: (schema) => {
    const required = schema.required ?? [];
    return required.length > 0 ? `a mapping with ${required.join(', ')}` : 'a mapping';
  },
};

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: FieldSchema): string {
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const parts = [
    low === undefined ? undefined : `at least ${low}`,
    exclusiveMinimum === undefined ? undefined : `above ${exclusiveMinimum}`,
    high === undefined ? undefined : `at most ${high}`,
    exclusiveMaximum === undefined ? undefined : `below ${exclusiveMaximum}`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}
