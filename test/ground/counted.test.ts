import { expect, test } from 'vitest';
import { counted } from '../../src/ground/counted.ts';

test('one of a thing is told in the singular', () => {
  expect([0, 1, 2].map((count) => counted(count, 'steps'))).toEqual(['0 steps', '1 step', '2 steps']);
  expect(counted(1000, 'steps', '1,000')).toBe('1,000 steps');
});
