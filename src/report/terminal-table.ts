/** A column of a table in plain text. */
export interface TextColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

const width = (text: string): number => [...text].length;

/** The text in at most `limit` characters, its end cut off by `…`. Control characters are left out. */
export function shorten(text: string, limit: number): string {
  const clean = [...text.replace(/\p{C}/gu, '')];
  return clean.length <= limit ? clean.join('') : `${clean.slice(0, limit - 1).join('')}…`;
}

/** Rows as aligned lines under their titles, two spaces between columns; empty columns are left out. */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const kept = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ index }) => rows.some((row) => row[index]));
  const widths = kept.map(({ title, index }) => Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const padding = ' '.repeat((widths[at] ?? 0) - width(cell));
        return kept[at]?.align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((size) => '─'.repeat(size)).join('  ');
  return [
    line(kept.map(({ title }) => title)),
    rule,
    ...rows.map((row) => line(kept.map(({ index }) => row[index] ?? ''))),
  ].join('\n');
}

/** Text broken between words into lines of at most `limit` characters. */
export function wrap(text: string, limit: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && width(last) + 1 + width(word) <= limit) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** The first of `draw(most)`, `draw(most − 1)`, … `draw(least)` whose lines fit into a width; the last if none does. */
export function fitted(
  draw: (limit: number) => string,
  width: number,
  [most, least]: readonly [number, number],
): string {
  const text = draw(most);
  const fits = text.split('\n').every((line) => [...line].length <= width);
  return fits || most <= least ? text : fitted(draw, width, [most - 1, least]);
}
