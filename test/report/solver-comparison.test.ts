import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/evaluation/stage/result.ts';
import { solverSentence } from '../../src/report/solver-comparison.ts';
import { bestBy, entriesOf, summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const evaluation = evaluationOf();

const sentence = (change: (row: EvaluationRow) => EvaluationRow = (row) => row): string => {
  const summary = summarize({ ...evaluation, rows: evaluation.rows.map(change) });
  const judged = entriesOf(summary, 'student').filter(({ steps }) => steps === 4);
  const student = bestBy(summary.ranking, judged);
  return student === undefined ? 'no student' : solverSentence(summary, student);
};

describe('a student against the solvers at as many steps', () => {
  it('is better where the intervals are disjoint', () => {
    expect(sentence()).toBe(
      'At 4 steps, against the teacher’s solvers (8 to 16 forwards, its own 4): better than euler, heun, midpoint and dpmpp-2m (disjoint intervals).',
    );
  });

  it('is told from none whose interval it meets, and worse than what is below it', () => {
    const fd = { euler: { value: 12, low: 11, high: 12.5 }, heun: { value: 9, low: 8, high: 10 } } as const;
    const text = sentence((row) => {
      const own = row.kind === 'solver' && row.steps === 4 ? fd[row.method as keyof typeof fd] : undefined;
      return own === undefined ? row : { ...row, quality: { ...row.quality, fd: own } };
    });
    expect(text).toContain('better than midpoint and dpmpp-2m (disjoint intervals), ');
    expect(text).toContain('not told apart from euler (intervals overlap), worse than heun (disjoint intervals).');
  });

  it('names solvers that were fitted as such', () => {
    const fits: Record<string, string> = { heun: 'searched times', midpoint: 'fitted' };
    const text = sentence((row) => {
      const fit = row.kind === 'solver' ? fits[row.method] : undefined;
      return fit === undefined ? row : { ...row, name: `${row.name}, ${fit}`, fit: 'times' };
    });
    expect(text).toContain('better than euler, heun (searched times), midpoint (fitted) and dpmpp-2m (disjoint');
  });

  it('is silent where no solver was measured at as many steps', () => {
    expect(sentence((row) => (row.kind === 'solver' ? { ...row, steps: 3 } : row))).toBe('');
  });
});
