import { visible } from '../../ground/file/visible.ts';
import { DEEPEST } from './bounds.ts';
import { parseRecipeDocument } from './document.ts';
import { type FieldPath, fieldName, type Problem, shownValue } from './problem.ts';

/** One `--set path=value`, its value read as YAML. */
export interface Override {
  /** As it was given, for errors. */
  readonly where: string;
  readonly path: FieldPath;
  readonly value: unknown;
}

/** The longest override, in characters. */
const LONGEST_OVERRIDE = 1 << 16;

/** The longest path of an override, in characters. */
const LONGEST_PATH = 1024;

const pathForm = /^[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*|\[\d{1,6}\])*$/;

/** Reads `students[0].training.steps=10`; gives the problem instead when it is not of that form. */
export function parseOverride(text: string): Override | Problem {
  const where = `--set ${visible(text.length > 80 ? `${text.slice(0, 79)}…` : text)}`;
  if (text.length > LONGEST_OVERRIDE)
    return { where, path: [], message: `expected at most ${LONGEST_OVERRIDE} characters, got ${text.length}` };
  const equals = text.indexOf('=');
  const path = equals < 0 ? undefined : parsePath(text.slice(0, equals).trim());
  if (equals > LONGEST_PATH || (path?.length ?? 0) > DEEPEST)
    return { where, path: [], message: `expected a path of at most ${LONGEST_PATH} characters and ${DEEPEST} levels` };
  if (path === undefined)
    return { where, path: [], message: 'expected path=value, like students[0].training.steps=10' };
  const { value, problems } = parseRecipeDocument(text.slice(equals + 1));
  const [problem] = problems;
  return problem === undefined ? { where, path, value } : { where, path, message: problem.message };
}

function parsePath(text: string): FieldPath | undefined {
  if (text.length > LONGEST_PATH || !pathForm.test(text)) return undefined;
  return [...text.matchAll(/([A-Za-z][\w-]*)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

/** The value with a field replaced or added (mappings on the way are made; a list grows by one at its end). */
export function applyOverride(root: unknown, override: Override): { value: unknown } | { problem: Problem } {
  try {
    return { value: replaced(root, override.path, 0, override.value) };
  } catch (cause) {
    if (!(cause instanceof Misfit)) throw cause;
    return { problem: { where: override.where, path: cause.path, message: cause.message } };
  }
}

class Misfit extends Error {
  constructor(
    readonly path: FieldPath,
    message: string,
  ) {
    super(message);
  }
}

function replaced(here: unknown, path: FieldPath, depth: number, value: unknown): unknown {
  const key = path[depth];
  if (key === undefined) return value;
  const at = path.slice(0, depth);
  if (typeof key === 'number') {
    if (!Array.isArray(here))
      throw new Misfit(at, `expected a list to hold ${fieldName([key])}, got ${shownValue(here)}`);
    if (key > here.length) throw new Misfit([...at, key], `expected an index of at most ${here.length}`);
    const items: unknown[] = [...here];
    items[key] = replaced(items[key], path, depth + 1, value);
    return items;
  }
  if (here !== undefined && here !== null && (typeof here !== 'object' || Array.isArray(here)))
    throw new Misfit(at, `expected a mapping to hold ${key}, got ${shownValue(here)}`);
  const fields = new Map<string, unknown>(Object.entries(here ?? {}));
  fields.set(key, replaced(fields.get(key), path, depth + 1, value));
  return Object.fromEntries(fields);
}
