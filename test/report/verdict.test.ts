import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/evaluation/stage/result.ts';
import { summarize } from '../../src/report/summary.ts';
import { verdictOf, verdictText } from '../../src/report/verdict.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const evaluation = evaluationOf();

const withRows = (change: (row: EvaluationRow) => readonly EvaluationRow[]) =>
  summarize({ ...evaluation, rows: evaluation.rows.flatMap(change) });

describe('the verdict', () => {
  it('names the best trade, its speed-up, its distance with the interval, and how it stands', () => {
    expect(verdictOf(summarize(evaluation)).line).toBe(
      '4-step trajectory: 3.3× faster images, FD 12.1 [11.5, 12.7] against the teacher’s 11.4 (ratio 1.06 [1.02, 1.10]), within the teacher–teacher floor',
    );
  });

  it('is outside the floor above the upper end of teacher against teacher', () => {
    const summary = withRows((row) => [
      { ...row, quality: { ...row.quality, fdToTeacher: { value: 1.48, low: 1.4, high: 1.5 } } },
    ]);
    expect(verdictOf(summary)).toMatchObject({ outsideFloor: true, standing: { word: 'close' } });
    expect(verdictOf(summary).line).toContain('outside the teacher–teacher floor');
  });

  it('says so when there is no student, or nothing was measured', () => {
    expect(verdictOf(withRows((row) => (row.kind === 'student' ? [] : [row]))).line).toBe('No student was evaluated.');
    const bare = withRows(({ speed, cost, ...row }) => [{ ...row, quality: {} }]);
    expect(verdictOf(bare).line).toBe('1-step trajectory: nothing was measured');
  });
});

describe('the verdict table', () => {
  it('shows teacher, students and the best solver at each NFE', () => {
    expect(verdictText(summarize(evaluation))).toMatchInlineSnapshot(`
      "4-step trajectory: 3.3× faster images, FD 12.1 [11.5, 12.7] against the teacher’s 11.4 (ratio 1.06
      [1.02, 1.10]), within the teacher–teacher floor

      Head              Steps  NFE  FD [95 %]           ÷ teacher  Dispersion  Images/s  Speed-up
      ────────────────  ─────  ───  ──────────────────  ─────────  ──────────  ────────  ────────
      teacher              32   64  11.4 [10.8, 12.0]                              34.4      1.0×
      trajectory            1    1  24.6 [23.4, 25.8]        2.16        0.84       127      3.7×
      trajectory            2    2  14.9 [14.2, 15.7]        1.31        0.95       122      3.5×
      trajectory            4    4  12.1 [11.5, 12.7]        1.06        0.98       112      3.3×
      consistency           1    1  19.3 [18.3, 20.3]        1.69        0.68       127      3.7×
      consistency           2    2  16.2 [15.4, 17.0]        1.42        0.79       122      3.5×
      consistency           4    4  14.4 [13.7, 15.1]        1.26        0.87       112      3.3×
      teacher euler         1    2  311 [295, 327]           27.3        0.02       122      3.5×
      teacher dpmpp-2m      2    4  98.5 [93.6, 103.4]       8.64        0.55       112      3.3×

      Recommended for quality: trajectory, 4 steps (1.06 times the teacher’s FD, 3.3× as fast); for speed:
      trajectory, 2 steps (1.31 times the teacher’s FD, 3.5× as fast). Without training, the best at no
      more than 4 forwards is teacher dpmpp-2m, 2 steps: FD 98.5 [93.6, 103.4] against 12.1 [11.5, 12.7].
      The headline is the best trade: of the students that are as good as the best one (trajectory, 4
      steps: 12.1 [11.5, 12.7]), the one of the fewest head forwards. As good is one of which two of three
      hold (its FD is at most a tenth off, is not told apart, is within the teacher–teacher floor as the
      best one’s is) and whose spread and accuracy stand no worse.
      At 4 steps, against the teacher’s solvers (8 to 16 forwards, its own 4): better than euler, heun,
      midpoint and dpmpp-2m (disjoint intervals).
      Teacher–teacher floor of FD to teacher: 1.31 [1.15, 1.47].
      A preview: 1,000 images, short training.
      "
    `);
  });

  it('fits a terminal of 100 columns, whatever the names', () => {
    const summary = withRows((row) => [
      { ...row, name: row.kind === 'student' ? `${row.name} with a very long name indeed` : row.name },
    ]);
    for (const line of verdictText(summary).split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
  });
});
