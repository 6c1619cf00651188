import { DataError } from '../../ground/errors.ts';
import type { ImageDataSet } from './image-data-set.ts';

/** A word as token ids: begin, its letters padded with spaces, begin-of-image. */
export type Prompt = readonly number[];

/** The label of a prompt's word, however it is written; −1 where there is none. */
export const labelOfWord = (prompts: readonly string[], word: string): number =>
  prompts.indexOf(word.trim().toLowerCase());

/** How the prompts of a data set are spelled. */
export interface PromptCode {
  /** Discrete tokens: the space, the alphabet, begin, begin-of-image and the letter of the null prompt. */
  readonly vocabulary: number;
  /** Tokens of a prompt; as many letters as the longest one has, and two. */
  readonly length: number;
  /** Spells a word. Throws DataError where it is too long or has other letters. */
  readonly encode: (word: string) => Prompt;
  /** The prompt of a label. Throws DataError where there is none. */
  readonly of: (label: number) => Prompt;
  /** The prompt that says nothing: the unconditional branch of guidance. */
  readonly nothing: Prompt;
  /** Prompts as one-hot rows [N, length, vocabulary]. */
  readonly oneHot: (prompts: readonly Prompt[]) => Float32Array;
}

/** The spelling of a data set's prompts. Throws DataError where its alphabet does not spell them. */
export function promptCode({ prompts, alphabet }: Pick<ImageDataSet, 'prompts' | 'alphabet'>): PromptCode {
  const known = [' ', ...alphabet];
  const letters = Math.max(...prompts.map(({ length }) => length));
  const [begin, beginImage, nullLetter] = [known.length, known.length + 1, known.length + 2];
  const encode = (word: string): Prompt => {
    if (word.length > letters) throw new DataError(`prompt: expected at most ${letters} letters, got "${word}"`);
    const ids = [...word.padEnd(letters)].map((letter) => known.indexOf(letter));
    if (ids.includes(-1)) throw new DataError(`prompt: expected letters of "${alphabet}", got "${word}"`);
    return [begin, ...ids, beginImage];
  };
  const encoded = prompts.map(encode);
  const [vocabulary, length] = [nullLetter + 1, letters + 2];
  return {
    vocabulary,
    length,
    encode,
    of: (label) => {
      const prompt = encoded[label];
      if (prompt === undefined) throw new DataError(`label: expected 0–${prompts.length - 1}, got ${label}`);
      return prompt;
    },
    nothing: [begin, ...Array.from({ length: letters }, () => nullLetter), beginImage],
    oneHot: (rows) => oneHotRows(rows, length, vocabulary),
  };
}

function oneHotRows(prompts: readonly Prompt[], length: number, vocabulary: number): Float32Array {
  const data = new Float32Array(prompts.length * length * vocabulary);
  for (const [row, prompt] of prompts.entries())
    for (const [position, id] of prompt.entries()) data[(row * length + position) * vocabulary + id] = 1;
  return data;
}
