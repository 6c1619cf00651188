import { visible } from './visible.ts';

/** A text that came from a file, for a message: in quotes, cut to a length, what shows nothing written out. */
export const quoted = (text: string, length = 120): string =>
  visible(JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text));
