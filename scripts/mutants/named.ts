import { readFileSync } from 'node:fs';
import type { Mutation } from './mutation.ts';
import { table } from './table.ts';

/** A mutation by hand: its text is found exactly once in its file. */
export interface NamedMutation {
  /** What would be wrong, in one sentence. */
  readonly what: string;
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
}

/** A named mutation in its file. Throws where its text is not there exactly once. */
export function placed({ file, text, replacement, what }: NamedMutation): Mutation {
  const source = readFileSync(file, 'utf8');
  const start = source.indexOf(text);
  if (start < 0 || source.indexOf(text, start + 1) >= 0)
    throw new Error(`${file}: expected exactly once: ${text} (mutation: ${what})`);
  return { file, start, text, replacement, what };
}

/** The mutations that were planted by hand, in their files. */
export const namedMutations = (): Mutation[] => table.map(placed);
