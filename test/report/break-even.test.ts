import { expect, it } from 'vitest';
import { breakEvenTokens } from '../../src/report/break-even.ts';
import { entriesOf, summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

it('is reached when the forwards that are saved are those of cache and training', () => {
  const summary = summarize(evaluationOf());
  const [student] = entriesOf(summary, 'student').filter(({ steps }) => steps === 4);
  if (student?.cost === undefined) throw new Error('a student without its cost');
  const tokens = breakEvenTokens(student, summary) ?? 0;
  expect(tokens * (summary.teacher.nfe - 4)).toBeGreaterThanOrEqual(student.cost.totalForwards);
  expect((tokens - 1) * (summary.teacher.nfe - 4)).toBeLessThan(student.cost.totalForwards);
  expect(breakEvenTokens({ ...student, nfe: summary.teacher.nfe }, summary)).toBeUndefined();
  expect(breakEvenTokens(summary.teacher, summary)).toBeUndefined();
});
