import { describe, expect, it } from 'vitest';
import type { Quality } from '../../src/evaluation/metric/table.ts';
import type { Evaluation, EvaluationRow } from '../../src/evaluation/stage/result.ts';
import type { Estimate } from '../../src/ground/estimate.ts';
import { type Stream, stream } from '../../src/ground/random/philox.ts';
import { modelCard } from '../../src/report/card.ts';
import { reportPage } from '../../src/report/page/page.ts';
import { type Summary, summarize } from '../../src/report/summary.ts';
import { verdictOf } from '../../src/report/verdict.ts';
import { evaluationOf } from './fixture/evaluation.ts';

/** Numbers from 0 to 1, one after the other. */
type Draw = () => number;

const drawFrom =
  (random: Stream): Draw =>
  () =>
    random.uniform(1)[0] ?? 0;

const between = (draw: Draw, low: number, high: number): number => low + (high - low) * draw();

function estimate(draw: Draw, low: number, high: number): Estimate {
  const [value, half] = [between(draw, low, high), between(draw, 0, (high - low) / 4)];
  return { value, low: value - half, high: value + half };
}

/** A quality with each metric there or not, of any size; now and then none at all, or a sound spread only. */
function qualityOf(draw: Draw): Quality {
  const kind = draw();
  if (kind < 0.05) return {};
  if (kind < 0.1) return { dispersion: { value: 1, low: 0.98, high: 1.02 } };
  const all: Quality = {
    fd: estimate(draw, 5, 30),
    fdToTeacher: estimate(draw, 0.5, 3),
    fdRatio: estimate(draw, 0.5, 3),
    dispersion: estimate(draw, 0.4, 1.4),
    accuracy: estimate(draw, 0.85, 1),
  };
  return Object.fromEntries(Object.entries(all).filter(() => draw() < 0.8));
}

const withoutFloor = (evaluation: Evaluation): Evaluation => ({ ...evaluation, floors: { teacherTeacher: {} } });

/** An evaluation of the fixture's rows with other numbers: images or tokens, one or more seeds, with a floor or without. */
function constructed(index: number): Evaluation {
  const draw = drawFrom(stream('agreement', index));
  const evaluation = evaluationOf({ seeds: draw() < 0.5 ? [1] : [2, 1] });
  const rows = evaluation.rows.map((row): EvaluationRow => ({ ...row, quality: qualityOf(draw) }));
  const changed = { ...evaluation, rows, unit: draw() < 0.5 ? ('images' as const) : ('tokens' as const) };
  return draw() < 0.2 ? withoutFloor(changed) : changed;
}

function pageOf(summary: Summary): string {
  return reportPage({
    ...{ summary, verdict: verdictOf(summary), figures: [], grids: new Map(), downloads: [], fontFaces: '' },
    run: { folder: '', evaluation: summary.evaluation, recipe: '', training: [], precisions: {} },
  });
}

const text = (html: string): string => html.replace(/<[^>]+>/g, '');

/** Markdown has no spaces that do not break. */
const oneSpace = (words: string): string => words.replace(/\s+/g, ' ');

/** Each student's row as the page has it: `trajectory, 2 steps` → its word and its sentence. */
function standingsOnPage(page: string): ReadonlyMap<string, string> {
  const items = page.matchAll(
    /<li><span class="chip \w+">([^<]+)<\/span><div><strong>([^<]+)<\/strong> ([^<]+)<\/div>/g,
  );
  return new Map([...items].map(([, word, label, sentence]) => [label ?? '', oneSpace(`${word}: ${sentence}`)]));
}

/** The same as a card has it. */
function standingsOnCard(card: string, student: string): ReadonlyMap<string, string> {
  const items = card.matchAll(/^- \*\*(\d+ steps?): ([^.]+)\.\*\* (.+)$/gm);
  return new Map(
    [...items].map(([, steps, word, sentence = '']) => [
      `${student}, ${steps}`,
      oneSpace(`${word}: ${sentence.replace(' This is the best trade of its run.', '')}`),
    ]),
  );
}

describe('page, card and verdict', () => {
  it('say the same of every row of any evaluation', () => {
    const words = new Set<string>();
    for (let index = 0; index < 60; index++) {
      const evaluation = constructed(index);
      const run = summarize(evaluation);
      const page = pageOf(run);
      const onPage = standingsOnPage(page);
      const seed = evaluation.rows.find(({ kind }) => kind === 'student')?.seed ?? 0;
      const rows = evaluation.rows.filter((row) => row.kind !== 'student' || row.seed === seed);
      const own = summarize({ ...evaluation, rows });
      const cards = run.students.map(
        (student) => [student, modelCard(own, student, { files: [], seed, run })] as const,
      );
      const onCards = new Map(cards.flatMap(([student, card]) => [...standingsOnCard(card, student)]));
      expect([...onCards].sort()).toEqual([...onPage].sort());
      for (const told of onPage.values()) {
        words.add(told.split(':')[0] ?? '');
        if (told.startsWith('poor')) expect(told).not.toMatch(/within the/);
      }
      const { student, standing, line } = verdictOf(run);
      const label = `${student?.name}, ${student?.steps} ${student?.steps === 1 ? 'step' : 'steps'}`;
      expect(onPage.get(label)?.split(':')[0]).toBe(standing?.word);
      expect(text(page)).toContain(line.replaceAll("'", '&#39;'));
      const trades = cards.filter(([, card]) => card.includes('This is the best trade of its run.'));
      expect(trades.map(([name]) => name)).toEqual([student?.name]);
    }
    expect([...words].sort()).toEqual(['close', 'healthy', 'not measured', 'poor', 'watch', 'within the floor']);
  });
});
