import { expect, test } from 'vitest';
import { DataError } from '../../../src/ground/errors.ts';
import {
  digitNames,
  digitPrompt,
  encodePrompt,
  nullPrompt,
  oneHotPrompts,
  PROMPT_LENGTH,
  VOCABULARY_SIZE,
} from '../../../src/teachers/data/prompt.ts';

test('a name is spelled between begin and begin-of-image, padded with spaces', () => {
  expect(encodePrompt('two')).toEqual([27, 20, 23, 15, 0, 0, 28]);
  expect(nullPrompt).toEqual([27, 29, 29, 29, 29, 29, 28]);
});

test('the ten digits have ten different prompts of one length', () => {
  const prompts = digitNames.map((_, digit) => digitPrompt(digit));
  expect(new Set(prompts.map((prompt) => prompt.join())).size).toBe(10);
  expect(prompts.every((prompt) => prompt.length === PROMPT_LENGTH)).toBe(true);
});

test('one-hot rows hold a single one, at the token', () => {
  const data = oneHotPrompts([digitPrompt(3), nullPrompt]);
  expect(data.length).toBe(2 * PROMPT_LENGTH * VOCABULARY_SIZE);
  const ids = Array.from({ length: 2 * PROMPT_LENGTH }, (_, row) => {
    const values = data.subarray(row * VOCABULARY_SIZE, (row + 1) * VOCABULARY_SIZE);
    expect(values.reduce((sum, value) => sum + value)).toBe(1);
    return values.indexOf(1);
  });
  expect(ids).toEqual([...digitPrompt(3), ...nullPrompt]);
});

test('words that cannot be spelled are refused', () => {
  expect(() => encodePrompt('eleven')).toThrow(new DataError('prompt: expected at most 5 letters, got "eleven"'));
  expect(() => encodePrompt('Zwei')).toThrow(DataError);
  expect(() => digitPrompt(10)).toThrow(new DataError('digit: expected 0–9, got 10'));
});
