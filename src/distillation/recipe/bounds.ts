import { Lexer } from 'yaml';

/** What a text does not keep of the bounds of recipes, and where. */
export interface Excess {
  readonly message: string;
  readonly offset: number;
}

/** The most levels of mappings and lists in one another. */
export const DEEPEST = 32;

/** The most aliases. */
export const MOST_ALIASES = 100;

/** The most words, marks, line breaks and stretches of spaces; a resolved recipe of 64 students has half as many. */
const MOST_TOKENS = 1 << 15;

/** What the lexer puts before a plain, quoted or block text, which is no mark whatever it holds. */
const TEXT = '\u001f';

/** Tokens of the lexer that stand for no character of the text: of a document, of a text, of a faulty end. */
const unwritten: readonly string[] = ['\u0002', TEXT, '\u0018'];

/** How deep a place of a YAML text lies, at least half: the columns of the block collections around it, and brackets. */
class Depth {
  readonly #columns: number[] = [];
  #brackets = 0;

  get levels(): number {
    return this.#columns.length + this.#brackets;
  }

  bracket(change: 1 | -1): void {
    this.#brackets = Math.max(0, this.#brackets + change);
  }

  /** A dash, a question mark, or a key with its colon at a column. */
  entry(column: number): void {
    if (this.#brackets > 0) return;
    while ((this.#columns.at(-1) ?? column) > column) this.#columns.pop();
    if (this.#columns.at(-1) !== column) this.#columns.push(column);
  }
}

/** The first of the bounds that a YAML text does not keep: found by its tokens, before any of it is parsed. */
export function excessOf(text: string): Excess | undefined {
  const depth = new Depth();
  let [offset, line, word, tokens, aliases] = [0, 0, 0, 0, 0];
  let isText = false;
  const actions: Readonly<Record<string, () => void>> = {
    '[': () => depth.bracket(1),
    '{': () => depth.bracket(1),
    ']': () => depth.bracket(-1),
    '}': () => depth.bracket(-1),
    '-': () => depth.entry(offset - line),
    '?': () => depth.entry(offset - line),
    ':': () => depth.entry((word < line ? offset : word) - line),
  };
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (isText) word = offset;
    else if (Object.hasOwn(actions, token)) actions[token]?.();
    else if (token.startsWith('*')) aliases += 1;
    if (tokens > MOST_TOKENS) return { message: `expected at most ${MOST_TOKENS} words and marks`, offset };
    if (aliases > MOST_ALIASES) return { message: `expected at most ${MOST_ALIASES} aliases`, offset };
    if (depth.levels > DEEPEST) return { message: `nested too deeply: expected at most ${DEEPEST} levels`, offset };
    isText = token === TEXT;
    if (!unwritten.includes(token)) offset += token.length;
    if (token.includes('\n')) line = text.lastIndexOf('\n', offset - 1) + 1;
  }
  return undefined;
}
