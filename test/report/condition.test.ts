import { describe, expect, it } from 'vitest';
import { exactly, type JudgedRow, readCondition, whatHolds } from '../../src/report/condition.ts';

const rows: readonly JudgedRow[] = [
  {
    student: 'a',
    steps: 1,
    chosen: false,
    numbers: { fd_ratio: { value: 1.4, low: 1.3, high: 1.5 }, nfe: exactly(1) },
  },
  { student: 'a', steps: 2, chosen: true, numbers: { fd_ratio: { value: 1.1, low: 1, high: 1.25 }, nfe: exactly(2) } },
  { student: 'b c', steps: 1, chosen: false, numbers: { nfe: exactly(1) } },
];
const held = (text: string): string[] => whatHolds(readCondition(text), rows);

describe('a condition', () => {
  it.each([
    ['fd_ratio > 1.05', ['a@2 has fd_ratio 1.1']],
    ['fd_ratio > 1.1', []],
    ['fd_ratio >= 1.1', ['a@2 has fd_ratio 1.1']],
    ['fd_ratio<=1.1', ['a@2 has fd_ratio 1.1']],
    ['fd_ratio < 1.1', []],
    ['fd_ratio.high > 1.2', ['a@2 has fd_ratio 1.25']],
    ['fd_ratio.low > 1.05', []],
    ['a: fd_ratio > 1.05', ['a@1 has fd_ratio 1.4', 'a@2 has fd_ratio 1.1']],
    ['a@1: fd_ratio > 1.2e0', ['a@1 has fd_ratio 1.4']],
    ['b c: nfe < 2', ['b c@1 has nfe 1']],
  ])('%s holds of %j', (text, found) => {
    expect(held(text)).toEqual(found);
  });

  it.each([
    [
      'fd_ratio 1.2',
      '--fail-if: expected [student[@steps]:] column[.low or .high] < <= > or >= a number, such as \'fd_ratio > 1.2\', got "fd_ratio 1.2"',
    ],
    ['fd_ratio > 1.2.3', 'got "fd_ratio > 1.2.3"'],
    ['fd_ratio > x', 'got "fd_ratio > x"'],
    ['c: nfe > 1', '--fail-if c: nfe > 1: expected one of a@1, a@2, b c@1'],
    ['a@4: nfe > 1', '--fail-if a@4: nfe > 1: expected one of a@1, a@2, b c@1'],
    ['fd > 1', '--fail-if fd > 1: expected one of fd_ratio, nfe'],
    ['b c: fd_ratio > 1', '--fail-if b c: fd_ratio > 1: b c@1 was not measured by fd_ratio'],
  ])('%s is refused', (text, message) => {
    expect(() => held(text)).toThrow(message);
  });
});
