import { describe, expect, it } from 'vitest';
import { mostFitForwards, plannedFits } from '../../../src/distillation/solver/plan.ts';
import { solvers } from '../../../src/heads/solver/table.ts';
import { complaint, resolve } from './resolving.ts';
import { smallRecipe } from './tables.ts';

const both = 'evaluation.solvers=[euler, bns]';

describe('the solvers that a recipe measures', () => {
  it.each(['trajectories.solver=bns', 'evaluation.teacher.solver=bns'])('alone may be fitted ones: %s', (set) => {
    expect(complaint(smallRecipe, [set])).toBe(
      `--set ${set}: expected one of ${Object.keys(solvers).join(', ')}, got "bns"; bns is fitted to cached ` +
        'paths: it can be measured (evaluation.solvers), but neither make trajectories nor be the reference',
    );
    expect(complaint(smallRecipe, [set.replace('bns', 'rk5')])).not.toContain('fitted');
    expect(complaint(smallRecipe, [both])).toBe('no complaint');
  });

  it('are fitted for at most 16 steps', () => {
    expect(complaint(smallRecipe, [both, 'evaluation.steps=[1, 17]'])).toContain(
      'expected bns with at most 16 steps (its weights grow with their square), got 17 in evaluation.steps',
    );
    expect(complaint(smallRecipe, [both, 'evaluation.steps=[1, 16]'])).toBe('no complaint');
    expect(complaint(smallRecipe, ['evaluation.solvers=[euler]', 'evaluation.steps=[64]'])).toBe('no complaint');
  });

  it('are at searched times unless it says no; only that is written down and part of the hash', () => {
    const usual = resolve(smallRecipe, [both]);
    expect(resolve(smallRecipe, [both, 'evaluation.searchTimes=true'])).toEqual(usual);
    expect(usual.yaml).not.toContain('searchTimes');
    const equal = resolve(smallRecipe, [both, 'evaluation.searchTimes=false']);
    expect(equal.hash).not.toBe(usual.hash);
    expect(resolve(equal.yaml)).toEqual(equal);
    expect(plannedFits(usual.recipe).map(({ fit, steps }) => [fit, steps])).toEqual([
      ...[
        ['times', 2],
        ['times', 4],
      ],
      ...[
        ['weights', 1],
        ['weights', 2],
        ['weights', 4],
      ],
    ]);
    expect(plannedFits(equal.recipe).map(({ fit }) => fit)).toEqual(['weights', 'weights', 'weights']);
  });

  it('cost the forwards of the longest search on at most 512 paths', () => {
    const { recipe } = resolve(smallRecipe, ['evaluation.solvers=[midpoint]', 'trajectories.contexts=1000']);
    const [two] = plannedFits(recipe);
    if (two === undefined) throw new Error('nothing is planned');
    expect(mostFitForwards(two, recipe, {})).toBe(32 * 2 * 2 * 2 * 512);
    expect(mostFitForwards(two, recipe, { evaluations: 1 })).toBe(32 * 2 * 2 * 512);
  });
});
