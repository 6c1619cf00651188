import { expect, test } from 'vitest';
import { DataError } from '../../../src/ground/errors.ts';
import { mnist } from '../../../src/teachers/data/mnist.ts';
import { promptCode } from '../../../src/teachers/data/prompt.ts';

const { encode, of, nothing, oneHot, length, vocabulary } = promptCode(mnist);

test('a name is spelled between begin and begin-of-image, padded with spaces', () => {
  expect(encode('two')).toEqual([27, 20, 23, 15, 0, 0, 28]);
  expect(nothing).toEqual([27, 29, 29, 29, 29, 29, 28]);
});

test('the ten digits have ten different prompts of one length', () => {
  const prompts = mnist.prompts.map((_, digit) => of(digit));
  expect(new Set(prompts.map((prompt) => prompt.join())).size).toBe(10);
  expect(prompts.every((prompt) => prompt.length === length)).toBe(true);
});

test('one-hot rows hold a single one, at the token', () => {
  const data = oneHot([of(3), nothing]);
  expect(data.length).toBe(2 * length * vocabulary);
  const ids = Array.from({ length: 2 * length }, (_, row) => {
    const values = data.subarray(row * vocabulary, (row + 1) * vocabulary);
    expect(values.reduce((sum, value) => sum + value)).toBe(1);
    return values.indexOf(1);
  });
  expect(ids).toEqual([...of(3), ...nothing]);
});

test('an alphabet of its own spells other prompts, of more words too', () => {
  const code = promptCode({ prompts: ['a b', 'ba'], alphabet: 'ab' });
  expect([code.vocabulary, code.length]).toEqual([6, 5]);
  expect([code.of(0), code.of(1), code.nothing]).toEqual([
    [3, 1, 0, 2, 4],
    [3, 2, 1, 0, 4],
    [3, 5, 5, 5, 4],
  ]);
  expect(() => promptCode({ prompts: ['c'], alphabet: 'ab' })).toThrow(DataError);
});

test('words that cannot be spelled are refused', () => {
  expect(() => encode('eleven')).toThrow(new DataError('prompt: expected at most 5 letters, got "eleven"'));
  expect(() => encode('Zwei')).toThrow(DataError);
  expect(() => of(10)).toThrow(new DataError('label: expected 0–9, got 10'));
});
