import { expect, it } from 'vitest';
import { addEntry, derived, extensible, extensibleList, hasEntry } from '../../../src/ground/plugin/table.ts';

it('a table holds what is built in, and what is added after it and before it was loaded', () => {
  const builtIn = { first: 1 };
  addEntry('early', 'second', 2);
  const table: Readonly<Record<string, number>> = extensible('early', builtIn);
  addEntry('early', 'third', 3);
  expect(table).toEqual({ first: 1, second: 2, third: 3 });
  expect(builtIn).toEqual({ first: 1 });
  expect(['first', 'third', 'fourth', 'constructor'].map((name) => hasEntry('early', name))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('a list holds added entries last, by the names that they say', () => {
  const list = extensibleList('list', [{ name: 'first' }]);
  addEntry('list', 'second', { name: 'second' });
  expect(list.map(({ name }) => name)).toEqual(['first', 'second']);
  expect(hasEntry('list', 'second')).toBe(true);
});

it('what is derived of tables is made once, and anew after something was added', () => {
  const table: Readonly<Record<string, number>> = extensible('derived', { first: 1 });
  const names = derived(() => Object.keys(table));
  expect(names()).toBe(names());
  addEntry('derived', 'second', 2);
  expect(names()).toEqual(['first', 'second']);
});
