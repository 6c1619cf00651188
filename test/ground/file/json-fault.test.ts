import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonFault, jsonLimits } from '../../../src/ground/file/json-fault.ts';

it.each([
  ['{"a": 1, "a": 2}', 'a'],
  ['{"a": {"b": [1, {"c": 1, "d": "}", "c": 2}]}}', 'c'],
  ['{"\\u0061": 1, "a": 2}', 'a'],
  ['{"a\\\\": {"b": 1}, "a\\\\": 2}', 'a\\\\'],
  ['{"": 1, "": 2}', ''],
])('finds in %s the repeated key %s', (text, key) => {
  expect(jsonFault(text)).toBe(`the key "${key}" occurs twice`);
});

it.each([
  '{"a": "a", "b": ["a", "a"], "c": {"a": 1}}',
  '{"a\\"": 1, "a": 2, "a\\\\": 3}',
  '{"a": [{"x": 1}, {"x": 1}], "x": 1}',
  '["a", "a"]',
  '"a',
])('finds nothing wrong in %s', (text) => {
  expect(jsonFault(text)).toBeUndefined();
});

it('finds nothing wrong in what JSON.stringify writes', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => jsonFault(JSON.stringify(value, undefined, 1)) === undefined));
});

it('names the limit that a text does not keep, and keeps none that it does', () => {
  const limits = { depth: 2, values: 4, key: 3 };
  expect(jsonFault('[[1]]', limits)).toBeUndefined();
  expect(jsonFault('[[[1]]]', limits)).toBe('values nested more than 2 deep');
  expect(jsonFault('[1,2,3]', limits)).toBeUndefined();
  expect(jsonFault('[1,2,3,4]', limits)).toBe('more than 4 values');
  expect(jsonFault('{"abc":"abcd"}', limits)).toBeUndefined();
  expect(jsonFault('{"abcd":1}', limits)).toBe('a key of 4 characters, expected at most 3');
});

it.each([
  ['a key', `{"${'a'.repeat(20_000_000)}":1}`, `a key of 20000000 characters, expected at most ${jsonLimits.key}`],
  ['text of escapes', `["${'\\"'.repeat(5_000_000)}"]`, undefined],
  ['brackets', '['.repeat(10_000_000), `values nested more than ${jsonLimits.depth} deep`],
  ['numbers', `[${'1,'.repeat(5_000_000)}1]`, `more than ${jsonLimits.values} values`],
])('answers at once for many MB of %s', (_, text, fault) => {
  const start = performance.now();
  expect(jsonFault(text)).toBe(fault);
  expect(performance.now() - start).toBeLessThan(5000);
});
