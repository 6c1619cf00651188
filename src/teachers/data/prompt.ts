import { DataError } from '../../ground/errors.ts';

/** English names of the digits: the prompts. */
export const digitNames = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const;

const LETTERS = 5;
const alphabet = [' ', ...'abcdefghijklmnopqrstuvwxyz'];
const BEGIN = alphabet.length;
const BEGIN_IMAGE = BEGIN + 1;
const NULL_LETTER = BEGIN + 2;

/** Discrete tokens: the space, a–z, begin, begin-of-image and the letter of the null prompt. */
export const VOCABULARY_SIZE = NULL_LETTER + 1;

/** Tokens of a prompt: begin, five letters (padded with spaces), begin-of-image. */
export const PROMPT_LENGTH = LETTERS + 2;

/** A word of at most five letters a–z as token ids [PROMPT_LENGTH]. Throws DataError on any other word. */
export function encodePrompt(word: string): readonly number[] {
  if (word.length > LETTERS) throw new DataError(`prompt: expected at most ${LETTERS} letters, got "${word}"`);
  const letters = [...word.padEnd(LETTERS)].map((letter) => alphabet.indexOf(letter));
  if (letters.includes(-1)) throw new DataError(`prompt: expected letters a–z, got "${word}"`);
  return [BEGIN, ...letters, BEGIN_IMAGE];
}

/** The prompt that says nothing: the unconditional branch of guidance. */
export const nullPrompt: readonly number[] = [
  BEGIN,
  ...Array.from({ length: LETTERS }, () => NULL_LETTER),
  BEGIN_IMAGE,
];

/** The prompt of a digit 0–9. Throws DataError on any other number. */
export function digitPrompt(digit: number): readonly number[] {
  const name = digitNames[digit];
  if (name === undefined) throw new DataError(`digit: expected 0–9, got ${digit}`);
  return encodePrompt(name);
}

/** Prompts as one-hot rows [N, PROMPT_LENGTH, VOCABULARY_SIZE]. */
export function oneHotPrompts(prompts: readonly (readonly number[])[]): Float32Array {
  const data = new Float32Array(prompts.length * PROMPT_LENGTH * VOCABULARY_SIZE);
  prompts.forEach((prompt, row) => {
    prompt.forEach((id, position) => {
      data[(row * PROMPT_LENGTH + position) * VOCABULARY_SIZE + id] = 1;
    });
  });
  return data;
}
