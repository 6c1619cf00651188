import { describe, expect, test } from 'vitest';
import { bestSetting, markdown, ratioHeader, ratioOf, ratioRow, sumOfRounds } from '../../../bench/peers/ratios.ts';

const rounds = {
  ours: [1, 2, 4],
  theirs: { 'eager float32': [3, 2, 4], 'compiled float32': [1, 5, 1], 'eager bfloat16': [2, 1, 2] },
  others: 0.02,
};

describe('ratios', () => {
  test('are of the same round, above 1 where we are faster', () => {
    expect(ratioOf([1, 2, 4], [3, 2, 2])).toEqual({ min: 0.5, median: 1, max: 3 });
  });

  test('are refused where a side lacks a round', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('expected rounds of both sides, got 2 and 1');
    expect(() => ratioOf([], [])).toThrow('got 0 and 0');
  });

  test('take the setting of the least median for the best, not that of the luckiest round', () => {
    expect(bestSetting(rounds.theirs)).toBe('compiled float32');
    expect(bestSetting({ lucky: [0.1, 9, 9], steady: [2, 2, 2] })).toBe('steady');
    expect(() => bestSetting({})).toThrow('at least one');
  });

  test('stand in a row with both sides and all that was asked for', () => {
    const row = ratioRow('solve', { ours: [1, 2, 4], theirs: { 'eager float32': [3, 2, 4] }, others: 0.02 }, (s) =>
      s.toFixed(1),
    );
    expect(markdown([ratioHeader('s'), row])).toMatchInlineSnapshot(`
      "| workload | ours, s | PyTorch's best | its s | ratio [min, max] | to eager float32 | to compiled float32 | others |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      | solve | 2.0 | eager float32 | 3.0 | 1.00 [1.00, 3.00] | 1.00 [1.00, 3.00] | – | 2 % |"
    `);
  });

  test('of all stages are of their sums, round by round', () => {
    expect(sumOfRounds(rounds, { ...rounds, others: 0.5 })).toEqual({
      others: 0.5,
      ours: [2, 4, 8],
      theirs: { 'eager float32': [6, 4, 8], 'compiled float32': [2, 10, 2], 'eager bfloat16': [4, 2, 4] },
    });
  });
});
