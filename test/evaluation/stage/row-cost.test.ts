import { expect, it } from 'vitest';
import { studentCost } from '../../../src/evaluation/stage/row-cost.ts';
import { smallRecipe } from '../../small-recipe.ts';

const cache = {
  ...{ teacher: 't', solver: 'heun', steps: 8, draws: 2, contexts: 40, token: 3, condition: 4 },
  ...{ forwards: 1000, seconds: 2 },
};

it('a student is charged the trainings of those that it started from, of its own seed', () => {
  const chain = smallRecipe(
    'students=[{ name: one, method: trajectory, training: { steps: 1, batch: 2 } }, { name: two, method: energy, init: one, training: { steps: 1, batch: 2 } }, { name: three, method: energy, init: two, training: { steps: 1, batch: 2 } }]',
  );
  const trained = (name: string, forwards: number, seed = 1) => ({
    ...{ name, seed, method: 'trajectory' as const, folder: '', path: '', hash: 'h' },
    facts: { steps: 60, samples: 960, seconds: 5, forwards },
  });
  const [one, two, three] = [trained('one', 10), trained('two', 200), trained('three', 3000)];
  const context = { recipe: chain, facts: cache, students: [trained('one', 7, 2), one, two, three] };
  expect(studentCost(one, context).startForwards).toBeUndefined();
  expect(studentCost(two, context)).toMatchObject({ startForwards: 10, totalForwards: 1210 });
  expect(studentCost(three, context)).toMatchObject({
    startForwards: 210,
    trainingForwards: 3000,
    totalForwards: 4210,
  });
});
