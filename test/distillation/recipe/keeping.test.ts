import { describe, expect, it } from 'vitest';
import { complaint, resolve } from './resolving.ts';
import { smallRecipe } from './tables.ts';

const at = (field: string, value: string | number): string => `students[0].training.${field}=${value}`;

describe('which weights of a training become the student', () => {
  it('are the last unless the recipe says otherwise, and its hash is then as if nothing were said', () => {
    expect(resolve(smallRecipe, [at('keep', 'last')])).toEqual(resolve(smallRecipe));
    expect(resolve(smallRecipe).yaml).not.toMatch(/keep: last|patience/);
  });

  it('are the best where it says so, which is written out, as patience is', () => {
    const best = resolve(smallRecipe, [at('steps', 600), at('keep', 'best'), at('patience', 5)]);
    expect(best.recipe.students[0]?.training).toMatchObject({ keep: 'best', patience: 5 });
    expect(resolve(best.yaml)).toEqual(best);
  });

  it('cannot be the best of no looks', () => {
    expect(complaint(smallRecipe, [at('steps', 9), at('keep', 'best')])).toBe(
      '--set students[0].training.keep=best: expected last: there is no look at the held-out set in 9 steps',
    );
  });
});

describe('activations', () => {
  it('are computed again where the recipe says so, which is written out, and not by tfjs', () => {
    const again = resolve(smallRecipe, [at('recompute', 'true')]);
    expect(again.recipe.students[0]?.training.recompute).toBe(true);
    expect(resolve(again.yaml)).toEqual(again);
    expect(resolve(smallRecipe, [at('recompute', 'false')])).toEqual(resolve(smallRecipe));
    expect(complaint(smallRecipe, ['engine.kind=tfjs', at('recompute', 'true')])).toBe(
      `--set ${at('recompute', 'true')}: expected false with engine kind tfjs, whose gradients keep what they need; got true`,
    );
  });
});

describe('patience', () => {
  it.each([
    [600, 20, 'at most 19: there are 20 looks at the held-out set in 600 steps; got 20'],
    [10, 1, 'none: there is one look at the held-out set in 10 steps; got 1'],
    [9, 1, 'none: there is no look at the held-out set in 9 steps; got 1'],
  ])('that a training of %i steps cannot lose is refused: %i', (steps, patience, message) => {
    const set = [at('steps', steps), at('patience', patience)];
    expect(complaint(smallRecipe, set)).toBe(`--set ${at('patience', patience)}: expected ${message}`);
    if (patience > 1)
      expect(resolve(smallRecipe, [at('steps', steps), at('patience', patience - 1)]).hash).toMatch(/^\w+$/);
  });
});
