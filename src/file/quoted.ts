/** A text that came from a file, for a message: in quotes, cut to a length, its control characters written out. */
export const quoted = (text: string, length = 120): string =>
  JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text).replace(
    /\p{Cc}/gu, // JSON leaves those from U+007F on as they are, and terminals obey some
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
