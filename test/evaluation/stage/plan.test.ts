import { describe, expect, it } from 'vitest';
import {
  type PlannedRow,
  plannedRows,
  rowFile,
  rowForwards,
  stepsByToken,
} from '../../../src/evaluation/stage/plan.ts';
import type { ImageModel } from '../../../src/teachers/teacher.ts';
import { smallRecipe } from '../../small-recipe.ts';

const row = (kind: PlannedRow['kind'], method: string, steps: number): PlannedRow => ({
  ...{ kind, method, steps },
  name: 'x',
  seed: 1,
});

/** The small recipe with a teacher that makes images. */
const digitsRecipe = (...set: string[]) => smallRecipe('teacher={ kind: digits, path: teachers/digits }', ...set);

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

describe('the rows of a student', () => {
  it('are at its own step counts where the recipe gives them', () => {
    const recipe = smallRecipe('students[0].steps=[4]', 'evaluation.steps=[1, 2]', 'evaluation.solvers=[euler]');
    expect(plannedRows(recipe).map(({ kind, steps }) => [kind, steps])).toEqual([
      ['teacher', 8],
      ['student', 4],
      ['solver', 1],
      ['solver', 2],
      ['solver', 2], // at searched times
    ]);
  });
});

describe('annealed rows', () => {
  it('follow those of fixed steps, of students and solvers, and cost the mean of an image’s tokens', () => {
    const planned = plannedRows(
      digitsRecipe('evaluation.steps=[2]', 'evaluation.solvers=[heun]', 'evaluation.annealed=[{ from: 4, to: 1 }]'),
    );
    expect(planned.slice(1).map(({ name, steps, annealed }) => [name, steps, annealed])).toEqual([
      ['one', 2, undefined],
      ['one annealed to 1', 4, { from: 4, to: 1 }],
      ['teacher heun', 2, undefined],
      ['teacher heun annealed to 1', 4, { from: 4, to: 1 }],
      ['teacher heun, searched times', 2, undefined], // fitted for whole images alone
    ]);
    const images = { tokens: 4 } as ImageModel;
    expect(planned.map((row) => rowForwards(row, { images }))).toEqual([32, 2, 2.5, 8, 10, 8]);
    expect(planned.map((row) => stepsByToken(row, { images }))[2]).toEqual([4, 3, 2, 1]);
  });

  it('are none of a student with step counts of its own', () => {
    const planned = plannedRows(digitsRecipe('students[0].steps=[1]', 'evaluation.annealed=[{ from: 4, to: 1 }]'));
    expect(planned.map(({ name }) => name)).toEqual(['teacher', 'one']);
  });
});

describe('the rows of solvers', () => {
  const rowsOf = (...set: string[]) =>
    plannedRows(smallRecipe('evaluation.steps=[1, 2, 4]', ...set))
      .filter(({ kind }) => kind === 'solver')
      .map(({ name, steps, fit }) => [name, steps, fit]);

  it('are at equal steps, at searched times where there is more than one step, and fitted ones at all', () => {
    expect(rowsOf('evaluation.solvers=[ab2, bns]')).toEqual([
      ['teacher ab2', 1, undefined],
      ['teacher ab2', 2, undefined],
      ['teacher ab2', 4, undefined],
      ['teacher ab2, searched times', 2, 'times'],
      ['teacher ab2, searched times', 4, 'times'],
      ['teacher bns, fitted', 1, 'weights'],
      ['teacher bns, fitted', 2, 'weights'],
      ['teacher bns, fitted', 4, 'weights'],
    ]);
  });

  it('are without searched times where the recipe says so; the reference’s own duplicate is left out, not its searched one', () => {
    expect(rowsOf('evaluation.solvers=[ab2, bns]', 'evaluation.searchTimes=false').map(([name]) => name)).toEqual([
      ...['teacher ab2', 'teacher ab2', 'teacher ab2'],
      ...['teacher bns, fitted', 'teacher bns, fitted', 'teacher bns, fitted'],
    ]);
    const same = ['evaluation.solvers=[heun]', 'evaluation.teacher.steps=4'];
    expect(rowsOf(...same).filter(([, steps]) => steps === 4)).toEqual([['teacher heun, searched times', 4, 'times']]);
  });

  it('have names that are file names, and count a guided evaluation a step of bns', () => {
    const rows = plannedRows(smallRecipe('evaluation.steps=[2]', 'evaluation.solvers=[euler, bns]')).slice(2);
    expect(rows.map(rowFile)).toEqual([
      'teacher-euler-2-seed1',
      'teacher-euler-searched-times-2-seed1',
      'teacher-bns-fitted-2-seed1',
    ]);
    expect(rows.map((row) => rowForwards(row, {}))).toEqual([4, 4, 4]);
  });
});

describe('the rows of a consistency student', () => {
  it('carry the student and the sampler, and are re-noised ones, too, at more than one step', () => {
    const recipe = smallRecipe(
      'students[0].method=phased-consistency',
      'evaluation.steps=[1, 2]',
      'evaluation.solvers=[]',
    );
    expect(plannedRows(recipe).map(({ name, steps, student, sampler }) => [name, steps, student, sampler])).toEqual([
      ['teacher', 8, undefined, undefined],
      ['one', 1, 'one', 'flow-map'],
      ['one', 2, 'one', 'flow-map'],
      ['one re-noised', 2, 'one', 'consistency-renoised'],
    ]);
  });
});
