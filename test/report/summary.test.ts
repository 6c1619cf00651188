import { describe, expect, it } from 'vitest';
import { accuracy } from '../../src/evaluation/metric/accuracy.ts';
import { dispersion } from '../../src/evaluation/metric/dispersion.ts';
import { fd } from '../../src/evaluation/metric/fd.ts';
import { meanEstimate } from '../../src/report/seed-mean.ts';
import { bestBy, entriesOf, isBetter, ratioToTeacher, summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

describe('a summary', () => {
  it('joins seeds: the mean, and an interval that covers every seed’s', () => {
    expect(
      meanEstimate([
        { value: 10, low: 9, high: 11 },
        { value: 12, low: 10, high: 15 },
      ]),
    ).toEqual({ value: 11, low: 9, high: 15 });
    const summary = summarize(evaluationOf({ seeds: [1, 2, 3] }));
    const [first] = entriesOf(summary, 'student');
    expect(entriesOf(summary, 'student')).toHaveLength(6);
    expect(first?.rows.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    expect(first?.quality.fd?.value).toBeCloseTo(24.6 * 1.03, 1);
  });

  it('keeps the order of names and knows which are students', () => {
    const { students, solvers } = summarize(evaluationOf());
    expect(students).toEqual(['trajectory', 'consistency']);
    expect(solvers).toEqual(['teacher euler', 'teacher heun', 'teacher midpoint', 'teacher dpmpp-2m']);
  });

  it('compares images per second with the teacher’s', () => {
    const summary = summarize(evaluationOf());
    const entry = entriesOf(summary, 'student')[0];
    expect(summary.speedBasis).toBe('image');
    expect(entry?.speedup).toBeCloseTo(
      (entry?.speed?.imagesPerSecond ?? 0) / (summary.teacher.speed?.imagesPerSecond ?? 0),
    );
    expect(summary.teacher.speedup).toBe(1);
  });

  it('compares the head’s latency where images were not timed', () => {
    const evaluation = evaluationOf();
    const rows = evaluation.rows.map(({ speed, ...row }) => ({
      ...row,
      ...(speed && { speed: { latency: speed.latency } }),
    }));
    const summary = summarize({ ...evaluation, rows });
    expect(summary.speedBasis).toBe('head');
    expect(entriesOf(summary, 'student')[0]?.speedup).toBeCloseTo(1.354 / 0.031, 1);
  });

  it('ranks by the first metric that students have', () => {
    const evaluation = evaluationOf();
    const rows = evaluation.rows.map((row) => ({ ...row, quality: { energyDistance: { value: 1, low: 0, high: 2 } } }));
    expect(summarize(evaluation).ranking.name).toBe('fd');
    expect(summarize({ ...evaluation, rows }).ranking.name).toBe('energyDistance');
  });

  it('takes the best of several teacher rows as the teacher', () => {
    const evaluation = evaluationOf();
    const teacher = evaluation.rows[0];
    if (!teacher) throw new Error('the fixture has rows');
    const worse = {
      ...teacher,
      steps: 8,
      nfe: 16,
      quality: { ...teacher.quality, fd: { value: 40, low: 39, high: 41 } },
    };
    expect(summarize({ ...evaluation, rows: [worse, ...evaluation.rows] }).teacher.steps).toBe(32);
  });

  it('summarises an evaluation that has no teacher’s row', () => {
    const evaluation = evaluationOf();
    const summary = summarize({ ...evaluation, rows: evaluation.rows.filter(({ kind }) => kind === 'student') });
    expect(summary.teacher.kind).toBe('student');
  });
});

describe('better', () => {
  it.each([
    [fd, 1, 2],
    [accuracy, 0.9, 0.8],
    [dispersion, 0.95, 1.2],
    [dispersion, 1.05, 0.8],
  ] as const)('$0.label: $1 is better than $2', (metric, a, b) => {
    expect(isBetter(metric, a, b)).toBe(true);
    expect(isBetter(metric, b, a)).toBe(false);
  });

  it('leaves out entries without the metric', () => {
    const entries = entriesOf(summarize(evaluationOf()), 'student');
    expect(bestBy(fd, entries)).toMatchObject({ name: 'trajectory', steps: 4 });
    expect(bestBy(fd, [])).toBeUndefined();
  });
});

describe('the ratio to the teacher', () => {
  const evaluation = evaluationOf();
  const summary = summarize(evaluation);

  it('is the paired one where it was measured', () => {
    const entry = entriesOf(summary, 'student').find(({ steps }) => steps === 4);
    if (!entry) throw new Error('the fixture has students');
    expect(ratioToTeacher(entry, summary, fd)).toBe(entry.quality.fdRatio);
  });

  it('adds independent relative errors in quadrature where it was not', () => {
    const [solver] = entriesOf(summary, 'solver');
    if (!solver) throw new Error('the fixture has solvers');
    const ratio = ratioToTeacher(solver, summary, fd);
    expect(ratio?.value).toBeCloseTo(311 / 11.4, 6);
    expect((ratio?.high ?? 0) / (ratio?.value ?? 1)).toBeCloseTo(Math.exp(0.05 * Math.SQRT2), 2);
  });
});
