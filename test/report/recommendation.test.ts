import { describe, expect, it } from 'vitest';
import type { Quality } from '../../src/evaluation/metric/table.ts';
import type { EvaluationRow } from '../../src/evaluation/stage/result.ts';
import { recommend, recommendationSentence } from '../../src/report/recommendation.ts';
import { entryLabel, summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const base = evaluationOf();
const teacher = base.rows.filter(({ kind }) => kind === 'teacher');
const exact = (value: number) => ({ value, low: 0.99 * value, high: 1.01 * value });
/** The teacher's FD is 11.4 or so: rows near it are good, at twice it poor. */
const row = (
  kind: 'student' | 'solver',
  steps: number,
  nfe: number,
  fd: number,
  more: Partial<EvaluationRow> = {},
): EvaluationRow => {
  const quality: Quality = { fd: exact(fd), dispersion: exact(1) };
  return {
    ...{
      kind,
      name: kind === 'student' ? 'one' : 'teacher euler',
      method: 'euler',
      seed: 1,
      steps,
      nfe,
      guidance: 1,
      quality,
    },
    speed: { latency: [], imagesPerSecond: 100 / nfe },
    ...more,
  };
};
const summaryOf = (...rows: EvaluationRow[]) => summarize({ ...base, rows: [...teacher, ...rows] });

describe('a recommendation', () => {
  it('is the nearest student for quality and the fastest that is not poor for speed', () => {
    const summary = summaryOf(row('student', 1, 1, 40), row('student', 2, 2, 14), row('student', 4, 4, 12));
    const found = recommend(summary);
    expect([found.quality, found.speed].map((entry) => entry && entryLabel(entry))).toEqual([
      'one, 4 steps',
      'one, 2 steps',
    ]);
    expect(recommendationSentence(summary)).toMatch(
      /^Recommended for quality: one, 4 steps \(.*; for speed: one, 2 steps/,
    );
  });

  it('says what the best solver of as few forwards does without training', () => {
    const summary = summaryOf(
      row('student', 4, 4, 12),
      row('solver', 1, 2, 90),
      row('solver', 2, 4, 50),
      row('solver', 4, 8, 11.5),
      row('solver', 3, 3, 1, { name: 'teacher own sampler', own: true }),
    );
    const { rival } = recommend(summary);
    expect(rival && entryLabel(rival)).toBe('teacher euler, 2 steps');
    const text = recommendationSentence(summary);
    expect(text).toMatch(/^Recommended for quality and for speed: one, 4 steps/);
    expect(text).toMatch(/no more than 4 forwards is teacher euler, 2 steps: FD 50\.0 .* against 12\.0/);
  });

  it('is none where a solver does better at no more forwards, or all are poor', () => {
    const beaten = summaryOf(row('student', 4, 4, 12), row('solver', 2, 4, 10));
    expect(recommendationSentence(beaten)).toMatch(/^No student is recommended/);
    const close = summaryOf(row('student', 4, 4, 12), row('solver', 2, 4, 11.9));
    expect(recommend(close).quality?.steps).toBe(4);
    expect(recommendationSentence(summaryOf(row('student', 1, 1, 90)))).toMatch(/^No student is recommended/);
  });

  it('is nothing without students', () => {
    expect(recommendationSentence(summaryOf(row('solver', 1, 2, 90)))).toBe('');
  });
});
