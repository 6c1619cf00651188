import { expect, it } from 'vitest';
import { fewRowsSentence } from '../../src/report/few-rows.ts';
import { summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

it('says why images have no FD and what ranks them, where they have none', () => {
  const base = evaluationOf();
  expect(fewRowsSentence(summarize(base))).toBe('');
  const rows = base.rows.map((row) => {
    const { fd: _, fdToTeacher: __, fdRatio: ___, fdGap: ____, ...quality } = row.quality;
    return { ...row, quality };
  });
  expect(fewRowsSentence(summarize({ ...base, rows }))).toMatch(/^FD is left out: .*Rows are ranked by Sliced W2\.$/);
  expect(fewRowsSentence(summarize({ ...base, rows, unit: 'tokens' }))).toBe('');
});
