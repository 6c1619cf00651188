import { describe, expect, it } from 'vitest';
import { defineMetric, type Metric, measureOn } from '../../src/evaluation/metric/metric.ts';
import { metrics, type Quality, type TableMetric } from '../../src/evaluation/metric/table.ts';
import type { Evaluation } from '../../src/evaluation/stage/result.ts';
import { modelCard } from '../../src/report/card.ts';
import { resultsCsv } from '../../src/report/csv.ts';
import { figuresOf } from '../../src/report/figure/table.ts';
import { glossaryText } from '../../src/report/glossary.ts';
import { reportPage } from '../../src/report/page/page.ts';
import { entriesOf, type Summary, summarize } from '../../src/report/summary.ts';
import { verdictOf } from '../../src/report/verdict.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const further = defineMetric({
  ...{ name: 'further', label: 'Furthest & best', unit: 'distance', column: 'further', best: 'low', table: 'further' },
  curves: ['steps'],
  meaning: 'What was not there before.',
  measure: measureOn([], () => undefined),
});

/** As the table would be with one more line. */
const table = [...metrics, further] as readonly Metric[] as readonly TableMetric[];

/** An evaluation whose rows and floors have every metric, each with values of its own that rise from seed to seed. */
function complete(): Evaluation {
  const quality = (offset: number): Quality =>
    Object.fromEntries(
      table.map(({ name }, index) => {
        const value = 1 + index + offset;
        return [name, { value, low: value - 0.5, high: value + 0.5 }];
      }),
    );
  const evaluation = evaluationOf({ seeds: [1, 3] });
  return {
    ...evaluation,
    floors: { teacherTeacher: quality(0), realReal: quality(0) },
    rows: evaluation.rows.map((row) => ({ ...row, quality: quality(row.seed - 1) })),
  };
}

const summary = summarize(complete(), table);

function pageOf(shown: Summary): string {
  return reportPage({
    ...{ summary: shown, verdict: verdictOf(shown), figures: [], grids: new Map(), downloads: [], fontFaces: '' },
    run: { folder: '', evaluation: shown.evaluation, recipe: '', training: [], precisions: {} },
  });
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;');

const [page, csv, card] = [
  pageOf(summary),
  resultsCsv(summary),
  modelCard(summary, 'trajectory', { files: [], seed: 1 }),
];

/** The lines of the CSV file as values by column. */
const cells = (): readonly Readonly<Record<string, string>>[] => {
  const [header = [], ...lines] = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((line) => Object.fromEntries(header.map((name, place) => [name, line[place] ?? ''])));
};

describe.each(table.map((metric) => [metric.label, metric] as const))('%s', (label, metric) => {
  // The paired ratio of what ranks has a column that all rows share.
  const title = metric.pairedRatioOf === summary.ranking ? '÷ teacher' : escaped(label);
  const student = entriesOf(summary, 'student')[0];

  it('is a column of results.csv, with the ends of its interval', () => {
    for (const [index, { quality }] of summary.evaluation.rows.entries())
      for (const [end, value] of [
        [metric.column, quality[metric.name]?.value],
        [`${metric.column}_low`, quality[metric.name]?.low],
        [`${metric.column}_high`, quality[metric.name]?.high],
      ] as const)
        expect(cells()[index]?.[end]).toBe(String(value));
  });

  it('is a column of the page’s table of results, and explained', () => {
    const results = page.slice(page.indexOf('id="results"'), page.indexOf('id="floors"'));
    expect(results).toContain(`<button type="button">${title}</button>`);
    expect(results).toContain(`<dt>${title}</dt>`);
    if (title !== '÷ teacher') expect(results).toContain(`<dd>${escaped(glossaryText(metric))}</dd>`);
  });

  it('is a line of the card and a line of each floor', () => {
    expect(card).toContain(`| ${label} | `);
    const floors = page.slice(page.indexOf('id="floors"'));
    for (const between of ['real–real floor', 'teacher–teacher floor'])
      expect(floors).toContain(`<th scope="row">${escaped(label)}</th><td class="text">${between}</td>`);
  });

  it('is a mean over seeds', () => {
    const [own, index] = [student?.quality[metric.name], table.indexOf(metric)];
    expect(own).toEqual({ value: 1 + index + 1, low: 1 + index - 0.5, high: 1 + index + 2.5 });
  });

  it('is drawn against what it says', () => {
    const drawn = figuresOf(summary.metrics).filter(({ title: name }) => name.startsWith(`${label} at `));
    expect(drawn.map(({ name }) => name.split('-').at(-1))).toEqual(metric.curves);
    for (const { draw } of drawn) expect(draw(summary, [])).toBeDefined();
  });
});
