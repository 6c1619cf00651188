import { expect, it } from 'vitest';
import { seedSpreads } from '../../src/report/seed-spread.ts';
import { entryLabel, summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

it('tells what trainings differ by from what samples leave open, of students with several seeds', () => {
  const base = evaluationOf();
  const first = base.rows.filter(({ kind, seed }) => kind !== 'student' || seed === 1);
  expect(seedSpreads(summarize({ ...base, rows: first }))).toEqual([]);
  const [student] = first.filter(({ kind }) => kind === 'student');
  if (student === undefined) throw new Error('the fixture has students');
  const seeds = [10, 12, 14].map((value, index) => ({
    ...student,
    seed: index + 1,
    quality: { ...student.quality, fd: { value, low: value - 1.96, high: value + 1.96 } },
  }));
  const [found, ...others] = seedSpreads(
    summarize({ ...base, rows: [...first.filter((row) => row !== student), ...seeds] }),
  );
  expect(others).toEqual([]);
  expect(found && entryLabel(found.entry)).toBe('trajectory, 1 step');
  expect(found).toMatchObject({ seeds: 3, mean: 12, training: 2 });
  expect(found?.sampling).toBeCloseTo(1, 10);
});
