import { expect, it } from 'vitest';
import type { RunPrecisions } from '../../../src/evaluation/precision/file.ts';
import { html } from '../../../src/report/page/html.ts';
import { precisionsSection } from '../../../src/report/page/precisions.ts';
import { summarize } from '../../../src/report/summary.ts';
import { verdictOf } from '../../../src/report/verdict.ts';
import { evaluationOf } from '../fixture/evaluation.ts';
import { precisionsOf } from '../fixture/precisions.ts';

function pageOf(precisions: RunPrecisions): string {
  const evaluation = evaluationOf();
  const summary = summarize(evaluation);
  const run = { folder: '', evaluation, training: [], recipe: '', precisions };
  const shown = { figures: [], grids: new Map(), downloads: [], fontFaces: '' };
  return html`${precisionsSection.body({ run, summary, verdict: verdictOf(summary), ...shown })}`.text.replaceAll(
    '\u00a0',
    ' ',
  );
}

it('a report has a row for each precision of a student, what it costs beside what it gives, and says which differ', () => {
  const page = pageOf({ '<one>': precisionsOf() });
  expect(page).toContain('<h3>&lt;one&gt;</h3>');
  expect(page).toContain(
    '<th scope="row">sampler.int4.onnx</th><td>4.00 MB</td><td>0.0500 [0.0490, 0.0510]</td>' +
      '<td>0.0100 [0.0090, 0.0110]</td><td>0.0300 [0.0290, 0.0310]</td><td>250 µs (4.0×)</td><td>–</td>',
  );
  expect(page.match(/<th scope="row">/g)).toHaveLength(3);
  expect(page).toContain('int8: samples not told apart from those of float32');
  expect(page).toContain('int4: samples differ from those of float32');
  expect(page).toContain('on a | machine');
});

it('a report of students that were exported in float32 alone has no such part', () => {
  expect(pageOf({})).toBe('');
});
