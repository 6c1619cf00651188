import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { shortened, visible } from '../../ground/file/visible.ts';
import { DEEPEST, excessOf, MOST_ALIASES } from './bounds.ts';
import { type FieldPath, type Problem, shownKey } from './problem.ts';

/** A recipe's text, read: its plain value, the place of each field as `line:column` (of the key, if asked), and what is wrong with the text. */
export interface RecipeDocument {
  readonly value: unknown;
  readonly placeOf: (path: FieldPath, atKey?: boolean) => string;
  readonly problems: readonly (Problem & { readonly place: string })[];
}

/** The most values, those that aliases repeat included. */
const MOST_VALUES = 100_000;

/** The parser's messages that speak to its caller, in a reader's words. */
const sayings: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'expected one document, got another after ---',
  NON_STRING_KEY: 'expected text as a key',
};

/** Parses YAML 1.2: keys are text, unique in their mapping; nesting, aliases and size are bounded. */
export function parseRecipeDocument(text: string): RecipeDocument {
  const lines = new LineCounter();
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const problem = (message: string, offset: number) => ({ path: [], message, place: place(offset) });
  const broken = (message: string, offset = 0): RecipeDocument => ({
    value: undefined,
    placeOf: () => place(offset),
    problems: [problem(message, offset)],
  });
  const excess = excessOf(text);
  if (excess !== undefined) {
    const before = text.slice(0, excess.offset).split('\n');
    const at = `${before.length}:${(before.at(-1) ?? '').length + 1}`;
    return { value: undefined, placeOf: () => at, problems: [{ path: [], message: excess.message, place: at }] };
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      stringKeys: true,
      logLevel: 'error',
    });
    const faults = [...document.errors, ...document.warnings].map((fault) =>
      problem(`not valid YAML: ${sayings[fault.code] ?? foreign(fault.message)}`, fault.pos[0]),
    );
    const root = document.contents;
    faults.push(...faultsOf(root, place).map(({ message, offset }) => problem(message, offset)));
    if (faults.length > 0) return { value: undefined, placeOf: () => '1:1', problems: faults };
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    if (!isBounded(value)) return broken(`expected at most ${DEEPEST} levels and ${MOST_VALUES} values`);
    const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
    return { value, placeOf: (path, atKey = false) => place(offsetOf(root, path, atKey, resolve)), problems: [] };
  } catch (cause) {
    if (cause instanceof RangeError) return broken(`nested too deeply: expected at most ${DEEPEST} levels`);
    if (cause instanceof ReferenceError) return broken(`not valid YAML: ${foreign(cause.message)}`);
    throw cause;
  }
}

/** What the parser says, which may quote the text. */
const foreign = (message: string): string => visible(shortened(message, 200));

interface Fault {
  readonly message: string;
  readonly offset: number;
}

/** Keys that come twice and aliases without an anchor before them, from top to bottom. */
function faultsOf(root: unknown, place: (offset: number) => string): Fault[] {
  const faults: Fault[] = [];
  const anchors = new Set<string>();
  const visit = (node: unknown, depth: number): void => {
    if (depth > DEEPEST) throw new RangeError('nested too deeply');
    if (isAlias(node) && !anchors.has(node.source))
      faults.push({
        message: `expected an anchor before ${foreign(`*${node.source}`)}, found none`,
        offset: startOf(node),
      });
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) anchors.add(node.anchor);
    if (isSeq(node)) for (const item of node.items) visit(item, depth + 1);
    if (!isMap(node)) return;
    const seen = new Map<unknown, number>();
    for (const { key, value } of node.items) {
      const word = isScalar(key) ? key.value : undefined;
      const first = seen.get(word);
      if (first === undefined) seen.set(word, startOf(key));
      else
        faults.push({
          message: `duplicate key ${shownKey(String(word))}; first at ${place(first)}`,
          offset: startOf(key),
        });
      visit(value, depth + 1);
    }
  };
  visit(root, 0);
  return faults;
}

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** Offset of a field: of its value, of its key when it has no value, of what holds it when it is missing. */
function offsetOf(root: Node | null, path: FieldPath, atKey: boolean, resolve: (node: unknown) => unknown): number {
  let node: unknown = root;
  let offset = startOf(root);
  for (const [depth, key] of path.entries()) {
    const parent = resolve(node);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) return offset;
      const bare = isScalar(pair.value) && pair.value.value === null;
      node = pair.value;
      offset = startOf(bare || !isNode(node) || (atKey && depth === path.length - 1) ? pair.key : node);
    } else if (isSeq(parent) && typeof key === 'number' && key < parent.items.length) {
      node = parent.items[key];
      offset = startOf(node);
    } else return offset;
  }
  return offset;
}

/** Whether a value is shallow and small; an alias to what holds it has no end and is not. */
function isBounded(value: unknown): boolean {
  let left = MOST_VALUES;
  const visit = (here: unknown, depth: number): boolean => {
    left -= 1;
    if (left < 0 || depth > DEEPEST) return false;
    return typeof here !== 'object' || here === null || Object.values(here).every((inner) => visit(inner, depth + 1));
  };
  return visit(value, 0);
}
