import { expect, it } from 'vitest';
import { html } from '../../../src/report/page/html.ts';
import { heldToTrained, neighbours } from '../../../src/report/page/neighbours.ts';
import { summarize } from '../../../src/report/summary.ts';
import { verdictOf } from '../../../src/report/verdict.ts';
import { evaluationOf } from '../fixture/evaluation.ts';

/** The part of a page of an evaluation whose rows have pictures of their neighbours, all but the lost ones in the page. */
function partOf(lost: readonly string[] = []): string {
  const base = evaluationOf();
  const evaluation = { ...base, rows: base.rows.map((row, index) => ({ ...row, neighbours: `${index}.png` })) };
  const summary = summarize(evaluation);
  const verdict = verdictOf(summary);
  const held = heldToTrained(summary, verdict).map(({ neighbours: path }) => path);
  const grids = new Map(
    held.filter((path) => !lost.includes(path)).map((path) => [path, { uri: `data:${path}`, width: 9, height: 9 }]),
  );
  const run = { folder: '', evaluation, training: [], recipe: '', precisions: {} };
  const data = { run, summary, verdict, grids, figures: [], downloads: [], fontFaces: '' };
  return html`${neighbours(data)}`.text;
}

it('holds samples of the teacher and of the recommended student beside trained images, of no other', () => {
  const alts = [...partOf().matchAll(/src="data:(.*?)".*?alt="(.*?)"/g)].map(([, path, alt]) => `${path} ${alt}`);
  expect(alts).toHaveLength(2);
  expect(alts[0]).toMatch(/^0\.png Samples of teacher/);
  expect(alts[1]).toContain('Samples of trajectory, 4 steps');
});

it('leaves out what has no picture', () => {
  expect(partOf(['0.png'])).not.toContain('Samples of teacher');
  const bare = summarize(evaluationOf());
  expect(heldToTrained(bare, verdictOf(bare))).toEqual([]);
});
