import { describe, expect, it } from 'vitest';
import type { Quality } from '../../src/evaluation/metric/table.ts';
import type { Evaluation, EvaluationRow } from '../../src/evaluation/stage/result.ts';
import type { Estimate } from '../../src/ground/estimate.ts';
import { entryLabel, summarize } from '../../src/report/summary.ts';
import { bestTrade, tradeSentence } from '../../src/report/trade.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const base = evaluationOf();
const teacher = base.rows.filter(({ kind }) => kind === 'teacher');

const around = (value: number, half: number): Estimate => ({ value, low: value - half, high: value + half });

interface Row {
  readonly name?: string;
  readonly steps: number;
  readonly quality: Quality;
  readonly imagesPerSecond?: number;
}

const rowOf = ({ name = 'one', steps, quality, imagesPerSecond }: Row): EvaluationRow => ({
  ...{ kind: 'student', name, method: name, seed: 1, steps, nfe: steps, guidance: 1, quality },
  ...(imagesPerSecond !== undefined && { speed: { latency: [], imagesPerSecond } }),
});

const evaluationWith = (rows: readonly Row[], changes: Partial<Evaluation> = {}): Evaluation => ({
  ...base,
  rows: [...teacher, ...rows.map(rowOf)],
  ...changes,
});

function headline(rows: readonly Row[], changes: Partial<Evaluation> = {}): string {
  const found = bestTrade(summarize(evaluationWith(rows, changes)));
  return found === undefined ? 'none' : entryLabel(found.chosen);
}

const fd = (value: number, half: number, more: Quality = {}): Quality => ({ fd: around(value, half), ...more });
const ratio = (value: number, half: number): Quality => ({ fdRatio: around(value, half) });

describe('the best trade', () => {
  it.each<[string, readonly Row[], string]>([
    [
      'more steps that buy nothing are not the headline',
      [
        { steps: 1, quality: fd(20, 1) },
        { steps: 2, quality: fd(12.5, 1) },
        { steps: 4, quality: fd(12, 1) },
      ],
      'one, 2 steps',
    ],
    [
      'steps that make it worse are not, either',
      [
        { steps: 1, quality: fd(12, 1) },
        { steps: 2, quality: fd(20, 1) },
        { steps: 4, quality: fd(30, 1) },
      ],
      'one, 1 step',
    ],
    [
      'more steps that help are',
      [
        { steps: 1, quality: fd(20, 1) },
        { steps: 2, quality: fd(16, 1) },
        { steps: 4, quality: fd(12, 1) },
      ],
      'one, 4 steps',
    ],
    [
      'paired ratios tell apart what wide intervals do not',
      [
        { steps: 1, quality: fd(14, 5, ratio(1.4, 0.05)) },
        { steps: 2, quality: fd(12, 5, ratio(1.1, 0.05)) },
      ],
      'one, 2 steps',
    ],
    [
      'the ratio is held against ratios only',
      [
        { steps: 1, quality: fd(12.5, 1) },
        { steps: 2, quality: fd(12, 1, ratio(1.1, 0.05)) },
      ],
      'one, 1 step',
    ],
    [
      'a collapsed row whose interval meets the best is none',
      [
        { steps: 1, quality: fd(14, 5, { dispersion: around(0.6, 0.02) }) },
        { steps: 2, quality: fd(12, 1, { dispersion: around(1, 0.02) }) },
      ],
      'one, 2 steps',
    ],
    [
      'rows within the floor are not told apart by a metric below it',
      [
        { steps: 1, quality: fd(12.6, 0.1, { fdToTeacher: around(1.2, 0.1) }) },
        { steps: 4, quality: fd(12, 0.1, { fdToTeacher: around(1.1, 0.1) }) },
      ],
      'one, 1 step',
    ],
    [
      'but they are by a metric that tells them apart and by more than a tenth',
      [
        { steps: 1, quality: fd(14.2, 3, { ...ratio(1.18, 0.06), fdToTeacher: around(1.2, 0.1) }) },
        { steps: 2, quality: fd(12, 3, { ...ratio(0.98, 0.08), fdToTeacher: around(1.2, 0.1) }) },
      ],
      'one, 2 steps',
    ],
    [
      'within the floor, what is more than a tenth off and not told apart is as good',
      [
        { steps: 1, quality: fd(14.2, 3, { ...ratio(1.2, 0.3), fdToTeacher: around(1.2, 0.1) }) },
        { steps: 2, quality: fd(12, 3, { ...ratio(1, 0.3), fdToTeacher: around(1.2, 0.1) }) },
      ],
      'one, 1 step',
    ],
    [
      'a row outside the floor is told apart from one within it',
      [
        { steps: 1, quality: fd(12.6, 0.1, { fdToTeacher: around(1.6, 0.1) }) },
        { steps: 4, quality: fd(12, 0.1, { fdToTeacher: around(1.1, 0.1) }) },
      ],
      'one, 4 steps',
    ],
    [
      'nor is one that is much worse, however wide the intervals of few samples are',
      [
        { steps: 1, quality: fd(14, 5, ratio(1.4, 0.3)) },
        { steps: 2, quality: fd(12.5, 5, ratio(1.2, 0.3)) },
        { steps: 4, quality: fd(12, 5, ratio(1.15, 0.3)) },
      ],
      'one, 2 steps',
    ],
    [
      'of as many forwards the faster one',
      [
        { name: 'best', steps: 2, quality: fd(12, 1), imagesPerSecond: 100 },
        { name: 'fast', steps: 2, quality: fd(12.5, 1), imagesPerSecond: 120 },
      ],
      'fast, 2 steps',
    ],
    [
      'of as many forwards and as fast the better one',
      [
        { name: 'other', steps: 2, quality: fd(12.5, 1) },
        { name: 'best', steps: 2, quality: fd(12, 1) },
      ],
      'best, 2 steps',
    ],
    [
      'a row without the ranking metric is none',
      [
        { steps: 1, quality: {} },
        { steps: 2, quality: fd(12, 1) },
      ],
      'one, 2 steps',
    ],
    ['there is none without students', [], 'none'],
  ])('%s', (_, rows, expected) => {
    expect(headline(rows)).toBe(expected);
    expect(headline([...rows].reverse())).toBe(expected);
  });

  it('is said in one sentence that names what it is held against', () => {
    const summary = summarize(base);
    const found = bestTrade(summary);
    expect(found && tradeSentence(summary, found)).toBe(
      'The headline is the best trade: of the students that are as good as the best one (trajectory, 4 steps: 12.1 [11.5, 12.7]), the one of the fewest head forwards. As good is one of which two of three hold (its FD is at most a tenth off, is not told apart, is within the teacher–teacher floor as the best one’s is) and whose spread and accuracy stand no worse.',
    );
  });

  it('needs no sentence where there is one row only', () => {
    const summary = summarize(evaluationWith([{ steps: 1, quality: fd(12, 1) }]));
    const found = bestTrade(summary);
    expect(found && tradeSentence(summary, found)).toBe('');
  });
});
