import { expect, it } from 'vitest';
import { furtherScales } from '../../../src/evaluation/stage/guidance-grid.ts';
import { smallRecipe } from '../../small-recipe.ts';

const recipe = (min: number, max: number, guidance: number) =>
  smallRecipe(`guidance.min=${min}`, `guidance.max=${max}`, `evaluation.guidance=${guidance}`);
const [student, solver] = [{ kind: 'student' }, { kind: 'solver' }] as const;

it('draws a student at the ends of its range, the teacher’s second set along it, each beside the evaluation’s own', () => {
  expect(furtherScales(recipe(1, 3, 1.5), student, false)).toEqual([1, 3]);
  expect(furtherScales(recipe(1, 3, 1), student, false)).toEqual([3]);
  expect(furtherScales(recipe(1, 3, 1.5), { kind: 'teacher' }, true)).toEqual([1, 2, 2.5, 3]);
});

it('draws no solver and no annealed row under others', () => {
  expect(furtherScales(recipe(1, 3, 1.5), solver, false)).toEqual([]);
  expect(furtherScales(recipe(1, 3, 1.5), { kind: 'student', annealed: { from: 4, to: 1 } }, false)).toEqual([]);
});

it('looks beside one trained scale, and nowhere without guidance', () => {
  expect(furtherScales(recipe(3, 3, 3), student, false)).toEqual([]);
  expect(furtherScales(recipe(3, 3, 3), { kind: 'teacher' }, true)).toEqual([1, 2, 4]);
  expect(furtherScales(recipe(1, 1, 1), { kind: 'teacher' }, true)).toEqual([]);
});
