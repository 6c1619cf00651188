import { expect, it } from 'vitest';
import { diagnosisSection } from '../../../src/report/page/diagnosis.ts';
import { html } from '../../../src/report/page/html.ts';
import { summarize } from '../../../src/report/summary.ts';
import { verdictOf } from '../../../src/report/verdict.ts';
import { evaluationOf } from '../fixture/evaluation.ts';

const bodyOf = (broken: boolean, dispersion?: number): string => {
  const base = evaluationOf();
  const breakdown = { contexts: { position: [], energyDistance: [], worst: [] } };
  const rows = base.rows.map((row) =>
    row.kind === 'student' && dispersion !== undefined
      ? { ...row, quality: { ...row.quality, dispersion: { value: dispersion, low: dispersion, high: dispersion } } }
      : row,
  );
  const { realReal: _, ...floors } = base.floors; // beside real data the fixture’s teacher is what limits
  const evaluation = { ...base, rows, floors: { ...floors, ...(broken && { breakdown }) } };
  const summary = summarize(evaluation);
  const run = { folder: '', evaluation, training: [], recipe: '', precisions: {} };
  const rest = { figures: [], grids: new Map(), downloads: [], fontFaces: '' };
  return html`${diagnosisSection.body({ run, summary, verdict: verdictOf(summary), ...rest })}`.text;
};

it('says what was found and what to change, or that nothing was, and what was looked for', () => {
  const found = bodyOf(true, 0.6);
  expect(found).toContain('Under-dispersion');
  expect(found).toContain('<strong>trajectory, 1, 2 and 4 steps</strong>');
  expect(found).toContain('What was looked for');
  const healthy = bodyOf(true, 1);
  expect(healthy).toContain('Nothing was found that the numbers of this run would show.');
  expect(healthy).toContain('under-dispersion');
});

it('is left out of evaluations that hold too little to say that nothing was found', () => {
  expect(bodyOf(false, 0.6)).toBe('');
});
