/** The longest line of a message, in characters: a path may have 4096, a name of a tensor 200. */
const LONGEST_LINE = 6000;

/** The most lines of a message. */
const MOST_LINES = 40;

/** What shows nothing, or changes how its neighbours show: controls, bidirectional marks, fillers. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');

/** A text of at most `length` characters: of a longer one the start and, after an ellipsis, the end. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = Math.floor(length / 4);
  return `${text.slice(0, length - tail - 1)}…${text.slice(text.length - tail)}`;
}

/** A text for a terminal: each character that shows nothing is written as JSON writes it, ESC as `\\u001b`. */
export const visible = (text: string): string => text.replace(unseen, escaped);

/** Lines for a terminal, whatever their length: nothing unseen in them but the line breaks. */
export const visibleText = (text: string): string => text.split('\n').map(visible).join('\n');

/** A message for a terminal: as `visibleText`, lines and their number bounded. */
export function visibleMessage(message: string): string {
  const lines = message.split('\n', MOST_LINES + 1).map((line) => shortened(line, LONGEST_LINE));
  return visibleText(lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '…'].join('\n') : lines.join('\n'));
}
