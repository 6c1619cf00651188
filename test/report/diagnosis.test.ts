import { describe, expect, it } from 'vitest';
import { diagnose, diagnoses } from '../../src/report/diagnosis.ts';
import { type Entry, entriesOf, summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const summary = summarize(evaluationOf());

const exact = (value: number) => ({ value, low: value, high: value });

/** The first student with other numbers. */
function student(dispersion: number, accuracy: number): Entry {
  const [entry] = entriesOf(summary, 'student');
  if (!entry) throw new Error('the fixture has students');
  return { ...entry, quality: { fd: exact(11.4), dispersion: exact(dispersion), accuracy: exact(accuracy) } };
}

describe('a diagnosis', () => {
  it('has one sentence for each student and step count', () => {
    expect(diagnoses(summary).map(({ entry }) => `${entry.name} ${entry.steps}`)).toEqual([
      'trajectory 1',
      'trajectory 2',
      'trajectory 4',
      'consistency 1',
      'consistency 2',
      'consistency 4',
    ]);
  });

  it.each([
    [0.98, 0.979, 'good', /^Keeps the teacher’s spread/],
    [0.86, 0.979, 'fair', /^Loses 14 % of the teacher’s spread.*Legible but repetitive/],
    [0.69, 0.979, 'poor', /^Has collapsed: it loses 31 % of the teacher’s spread/],
    [1.2, 0.979, 'fair', /^Spreads 20 % wider than the teacher/],
    [1.0, 0.9, 'poor', /7\.9 points fewer than the teacher’s.*Varied but often wrong/],
  ] as const)('dispersion %d and accuracy %d: %s', (dispersion, accuracy, severity, words) => {
    const diagnosis = diagnose(student(dispersion, accuracy), summary);
    expect(diagnosis.standing.severity).toBe(severity);
    expect(diagnosis.sentence).toMatch(words);
  });

  it('is within the floor whatever the ratio, and poor within it where the spread has collapsed', () => {
    const near = { fd: exact(40), fdToTeacher: exact(1.4), dispersion: exact(1) };
    const entry = { ...student(1, 1), quality: near };
    expect(diagnose(entry, summary).standing.word).toBe('within the floor');
    const outside = diagnose({ ...entry, quality: { ...near, fdToTeacher: exact(1.5) } }, summary);
    expect(outside.standing.word).toBe('poor');
    expect(outside.sentence).toContain('FD to teacher is outside the teacher–teacher floor');
    const collapsed = diagnose({ ...entry, quality: { ...near, dispersion: exact(0.5) } }, summary);
    expect(collapsed.standing.word).toBe('poor');
    expect(collapsed.sentence).not.toContain('within');
  });

  it('says so when nothing was measured', () => {
    const diagnosis = diagnose({ ...student(1, 1), quality: {} }, summary);
    expect(diagnosis.sentence).toBe('Nothing that would show a collapse was measured.');
    expect(diagnosis.standing.word).toBe('not measured');
  });
});
