import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/evaluation/stage/result.ts';
import { modelCard } from '../../src/report/card.ts';
import { resultsCsv } from '../../src/report/csv.ts';
import { leftOutSentences } from '../../src/report/left-out.ts';
import { ratioToTeacher, summarize } from '../../src/report/summary.ts';
import { verdictText } from '../../src/report/verdict.ts';
import { evaluationOf } from './fixture/evaluation.ts';

/** The evaluation as a network of the user's judged it: it tells no classes. */
function judged(distance: string): Evaluation {
  const { features: _, rows, ...rest } = evaluationOf();
  return {
    ...rest,
    features: { name: 'dinov2', hash: 'ab', distance },
    rows: rows.map((row) => {
      const { accuracy: __, ...quality } = row.quality;
      return { ...row, quality };
    }),
  };
}

describe('distances on features of a network of the user’s', () => {
  it('have its name wherever they are shown', () => {
    const summary = summarize(judged('FD-dinov2'));
    expect(summary.ranking.label).toBe('FD-dinov2');
    const labels = summary.metrics.map(({ label }) => label).filter((label) => label.startsWith('F'));
    expect(labels).toEqual(['', ' − teacher', ' ÷ teacher', ' to teacher', '∞'].map((end) => `FD-dinov2${end}`));
    const meanings = summary.metrics.map(({ meaning }) => meaning).join(' ');
    expect(meanings).not.toMatch(/\bFD\b(?!-)|proxy/);
    expect(verdictText(summary)).toContain('FD-dinov2 [95 %]');
    expect(modelCard(summary, summary.students[0] ?? '', { files: [], seed: 1 })).toContain(
      'FD-dinov2 is a Fréchet distance on the features of dinov2 (`ab`), not FID',
    );
  });

  it('are FID where the recipe says that these are Inception’s', () => {
    const summary = summarize(judged('FID'));
    expect(summary.ranking.label).toBe('FID');
    expect(modelCard(summary, summary.students[0] ?? '', { files: [], seed: 1 })).toContain(
      'FID is a Fréchet distance on the features of dinov2 (`ab`), which the recipe says are Inception’s',
    );
  });

  it('stay FD on those of the project’s own network, of which nothing is left out', () => {
    const summary = summarize(evaluationOf());
    expect([summary.ranking.label, leftOutSentences(summary)]).toEqual(['FD', []]);
  });

  it('keep their columns and their paired ratios', () => {
    const [own, named] = [summarize(evaluationOf()), summarize(judged('FD-dinov2'))];
    const header = (summary: typeof own) => resultsCsv(summary).split('\n')[0];
    expect(header(named)).toBe(header(own));
    const ratioOf = (summary: typeof own) => {
      const entry = summary.entries.find(({ kind }) => kind === 'student');
      return entry && ratioToTeacher(entry, summary, summary.ranking);
    };
    expect(ratioOf(named)).toEqual(ratioOf(own));
    expect(ratioOf(own)).toBeDefined();
  });
});

it('mean and covariance of real images leave out what they do not tell, and reports say so', () => {
  const statistics = { name: 'stats.npz', hash: 'cd' };
  const summary = summarize({ ...evaluationOf(), statistics });
  const [sentence] = leftOutSentences(summary);
  expect(sentence).toBe(
    'KID, Sliced W2, Precision, Recall, Density, Coverage and Nearest is trained are left out: of real images stats.npz ' +
      'holds mean and covariance alone. Intervals of FD take these as exact: they cover the samples.',
  );
  expect(leftOutSentences(summarize({ ...evaluationOf(), statistics: { ...statistics, images: 40 } }))).toEqual([]);
});

it('a network without classes leaves out the accuracy, and reports say so', () => {
  const sentence = 'Accuracy is left out: the network dinov2 gives features and no classes.';
  const summary = summarize(judged('FD-dinov2'));
  expect(leftOutSentences(summary)).toEqual([sentence]);
  expect(verdictText(summary).replaceAll(/\s+/g, ' ')).toContain(sentence);
  expect(modelCard(summary, summary.students[0] ?? '', { files: [], seed: 1 })).toContain(sentence);
});
