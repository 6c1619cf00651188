/** A change of one place of a source file that some test must notice. */
export interface Mutation {
  /** Path in the repository. */
  readonly file: string;
  /** Where the changed text starts in the file. */
  readonly start: number;
  readonly text: string;
  readonly replacement: string;
  /** What it does, in a few words. */
  readonly what: string;
}

/** The file with the mutation made. */
export const mutated = (source: string, { start, text, replacement }: Mutation): string =>
  source.slice(0, start) + replacement + source.slice(start + text.length);

/** The line (from 1) that a mutation starts in. */
export const lineOf = (source: string, { start }: Pick<Mutation, 'start'>): number =>
  source.slice(0, start).split('\n').length;

/** What names a mutation from one run to the next: file, line, place in it, and the change. */
export function keyOf(source: string, mutation: Mutation): string {
  const before = source.slice(0, mutation.start);
  const column = before.length - before.lastIndexOf('\n');
  return `${mutation.file}:${lineOf(source, mutation)}:${column} ${mutation.text} → ${mutation.replacement}`;
}
