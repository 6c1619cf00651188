import { expect, it } from 'vitest';
import { fitted, shorten, textTable, wrap } from '../../src/report/terminal-table.ts';

it('aligns columns and leaves empty ones out', () => {
  const table = textTable(
    [
      { title: 'Head', align: 'left' },
      { title: 'Nothing', align: 'left' },
      { title: 'FD', align: 'right' },
    ],
    [
      ['teacher', '', '11.4'],
      ['a', '', '9'],
    ],
  );
  expect(table.split('\n')).toEqual(['Head       FD', '───────  ────', 'teacher  11.4', 'a           9']);
});

it('cuts long text and leaves out control characters', () => {
  expect(shorten('a\u001b[31mred', 5)).toBe('a[31…');
  expect(shorten('short', 5)).toBe('short');
});

it('breaks lines between words', () => {
  expect(wrap('one two three four', 9)).toBe('one two\nthree\nfour');
});

it('draws with less room until it fits', () => {
  const draw = (limit: number): string => `short\n${'x'.repeat(limit)}`;
  expect(fitted(draw, 10, [20, 5])).toBe(draw(10));
  expect(fitted(draw, 3, [20, 5])).toBe(draw(5));
});
