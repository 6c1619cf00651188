import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from '../../../src/distillation/recipe/suggestion.ts';

describe('the distance of two words', () => {
  test('counts edits', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('flaw', 'lawn')).toBe(2);
  });

  test('is a metric', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'é', '😀') });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('the nearest word', () => {
  test('is the one meant', () => expect(nearest('Eulre', ['heun', 'euler'])).toBe('euler'));
  test('is none when all are far', () => expect(nearest('banana', ['heun', 'euler'])).toBeUndefined());
});
