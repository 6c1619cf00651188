import { describe, expect, it } from 'vitest';
import { type PlannedRow, rowForwards } from '../../src/evaluate/plan.ts';

const row = (kind: PlannedRow['kind'], method: string, steps: number): PlannedRow => ({
  ...{ kind, method, steps },
  name: 'x',
  seed: 1,
});

describe('the head forwards of a row', () => {
  it.each([
    ['a student', row('student', 'trajectory', 4), undefined, 4],
    ['Euler, guided by two outputs', row('solver', 'euler', 4), undefined, 8],
    ['midpoint, which evaluates twice a step', row('teacher', 'midpoint', 4), undefined, 16],
    ['Euler, guided before the head', row('solver', 'euler', 4), 1, 4],
    ['Heun, guided three ways', row('solver', 'heun', 2), 3, 12],
  ] as const)('counts %s', (_, planned, evaluations, expected) => {
    expect(rowForwards(planned, evaluations === undefined ? {} : { evaluations })).toBe(expected);
  });
});
