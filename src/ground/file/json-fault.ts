/** What `JSON.parse` would read at any cost, or in silence: the bounds of a JSON text, found before it is parsed. */
import { quoted } from './quoted.ts';

/** How deep the values of a JSON text may lie in one another, how many there may be, and how long a key may be. */
export interface JsonLimits {
  readonly depth: number;
  readonly values: number;
  readonly key: number;
}

/** The limits of JSON texts that state none of their own; keys in characters. */
export const jsonLimits: JsonLimits = { depth: 64, values: 1_000_000, key: 4096 };

/** The place after the string that starts at a quotation mark. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = at;
    while (text[escapes - 1] === '\\') escapes--;
    if ((at - escapes) % 2 === 0) return at + 1;
  }
  return text.length;
}

/** What a string between quotation marks says; of one that is no JSON, its own characters. */
function said(written: string): string {
  if (!written.includes('\\')) return written.slice(1, -1);
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}

const marks = '{[}],';

/**
 * What is wrong with a JSON text that parsing would not tell: a limit that it does not keep, or a key that occurs twice
 * in one object, of which `JSON.parse` keeps the last. Undefined where nothing is. Takes one pass and no recursion.
 */
export function jsonFault(text: string, limits: JsonLimits = jsonLimits): string | undefined {
  const open: (Set<string> | undefined)[] = []; // the keys of the objects around a place; undefined for an array
  let keyComes = false;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (letter === '"') {
      const end = endOfString(text, at);
      const keys = keyComes ? open.at(-1) : undefined;
      keyComes = false;
      if (keys !== undefined && end - at - 2 > limits.key)
        return `a key of ${end - at - 2} characters, expected at most ${limits.key}`;
      const key = keys && said(text.slice(at, end));
      if (key !== undefined && keys?.has(key)) return `the key ${quoted(key)} occurs twice`;
      if (key !== undefined) keys?.add(key);
      at = end - 1;
    } else if (marks.includes(letter)) {
      if (letter === '{' || letter === '[') open.push(letter === '{' ? new Set() : undefined);
      if (letter === '}' || letter === ']') open.pop();
      if (letter === ',' || letter === '[' || letter === '{') values += 1;
      if (open.length > limits.depth) return `values nested more than ${limits.depth} deep`;
      if (values > limits.values) return `more than ${limits.values} values`;
      keyComes = letter === '{' || letter === ',';
    }
  }
  return undefined;
}
