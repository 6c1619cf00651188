import { describe, expect, it } from 'vitest';
import { givenTimes, searchedCounts } from '../../../src/distillation/recipe/times.ts';
import { complaint, resolve } from './resolving.ts';
import { smallRecipe } from './tables.ts';

const searched = 'students[0].times=searched';
const by = (method: string): string =>
  smallRecipe.replace('method: trajectory', `method: ${method}`).replace('    options: { endpoint: 0.5 }\n', '');

describe('the times of a student', () => {
  it('that are equal leave the recipe and its hash as if nothing were said', () => {
    expect(resolve(smallRecipe, ['students[0].times=equal'])).toEqual(resolve(smallRecipe));
    expect(resolve(smallRecipe).yaml).not.toContain('times');
  });

  it('that are searched are part of the hash, and are written out', () => {
    const own = resolve(smallRecipe, [searched]);
    expect(own.recipe.students[0]?.times).toBe('searched');
    expect(own.hash).not.toBe(resolve(smallRecipe).hash);
    expect(resolve(own.yaml)).toEqual(own);
  });

  it('are searched at its own step counts over one, else at those of the evaluation', () => {
    const countsOf = (...set: string[]) => {
      const { recipe } = resolve(smallRecipe, set);
      return recipe.students.map((student) => searchedCounts(student, recipe));
    };
    expect(countsOf(searched)).toEqual([[2, 4]]);
    expect(countsOf(searched, 'students[0].steps=[1, 8]')).toEqual([[8]]);
    expect(countsOf('students[0].steps=[1, 8]')).toEqual([[]]);
  });

  it('cannot be searched where it takes one step alone', () => {
    expect(complaint(smallRecipe, [searched, 'students[0].steps=[1]'])).toBe(
      `--set ${searched}: expected equal, or a step count over 1: one step has no time between noise and data`,
    );
  });

  it.each(['consistency', 'phased-consistency'])('cannot be searched by one draw where %s re-noises', (method) => {
    const message = `expected equal, or at least 2 draws in the trajectories: ends of ${method}, which takes new noise, are compared with several of a context; got 1`;
    const found = complaint(by(method), [searched, 'trajectories.draws=1']);
    expect(found).toContain(message);
    expect(complaint(by(method), [searched, 'trajectories.draws=2'])).toBe('no complaint');
    expect(complaint(by('rectified-flow'), [searched, 'trajectories.draws=1'])).toBe('no complaint');
  });

  it('that are given are part of the hash, written out, and not searched', () => {
    const own = resolve(smallRecipe, ['students[0].times={2: [0, 0.4, 1]}']);
    const [student] = own.recipe.students;
    expect(student && givenTimes(student)).toEqual({ 2: [0, 0.4, 1] });
    expect(searchedCounts({ times: { 2: [0, 0.4, 1] } }, own.recipe)).toEqual([]);
    expect(own.hash).not.toBe(resolve(smallRecipe).hash);
    expect(resolve(own.yaml)).toEqual(own);
    expect(givenTimes({ times: 'searched' })).toBeUndefined();
  });

  it.each([
    ['{2: [0, 1]}', 'expected 3 rising times from 0 to 1'],
    ['{2: [0, 0.4, 0.9]}', 'expected 3 rising times from 0 to 1'],
    ['{3: [0, 0.5, 0.4, 1]}', 'expected 4 rising times from 0 to 1'],
    ['{1: [0, 1]}', 'expected step counts from 2 to 64'],
  ])('that are given as %s are refused: %s', (times, message) => {
    expect(complaint(smallRecipe, [`students[0].times=${times}`])).toContain(message);
  });

  it('are told what there is where they are neither', () => {
    expect(complaint(smallRecipe, ['students[0].times=own'])).toContain('students[0].times');
  });
});
