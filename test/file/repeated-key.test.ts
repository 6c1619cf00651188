import fc from 'fast-check';
import { expect, it } from 'vitest';
import { repeatedKey } from '../../src/file/repeated-key.ts';

it.each([
  ['{"a": 1, "a": 2}', 'a'],
  ['{"a": {"b": [1, {"c": 1, "d": "}", "c": 2}]}}', 'c'],
  ['{"a": "a", "b": ["a", "a"], "c": {"a": 1}}', undefined],
  ['{"\\u0061": 1, "a": 2}', 'a'],
  ['{"a\\"": 1, "a": 2, "a\\\\": 3}', undefined],
  ['{"a": [{"x": 1}, {"x": 1}], "x": 1}', undefined],
  ['{"": 1, "": 2}', ''],
  ['["a", "a"]', undefined],
])('finds in %s the repeated key %s', (text, key) => {
  expect(repeatedKey(text)).toBe(key);
});

it('finds none in what JSON.stringify writes', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => repeatedKey(JSON.stringify(value, undefined, 1)) === undefined));
});
