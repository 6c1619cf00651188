/** Strings, and the marks that open, close and separate, of a JSON text. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/** A key that occurs twice in one object of a valid JSON text, where `JSON.parse` keeps the last in silence. */
export function repeatedKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // the keys of the objects around a token; undefined for an array
  let keyComes = false;
  for (const [found] of text.matchAll(token)) {
    if (found === '{' || found === '[') open.push(found === '{' ? new Set() : undefined);
    if (found === '}' || found === ']') open.pop();
    const keys = open.at(-1);
    if (found.startsWith('"') && keyComes && keys !== undefined) {
      const key: string = JSON.parse(found);
      if (keys.has(key)) return key;
      keys.add(key);
    }
    keyComes = found === '{' || found === ',';
  }
  return undefined;
}
