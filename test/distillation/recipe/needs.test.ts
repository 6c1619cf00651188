import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { methods } from '../../../src/distillation/method/table.ts';
import { loadRecipe } from '../../../src/distillation/recipe/load.ts';
import { resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { RecipeError } from '../../../src/ground/errors.ts';
import { smallRecipe, testOptions } from './tables.ts';

const options = {
  ...testOptions,
  kind: 'distill' as const,
};

/** The small recipe with a second student of the method that has needs. */
const withStudent = (fields: string): string =>
  smallRecipe.replace(
    'evaluation:',
    `  - name: two
    method: rectified-flow-distilled
${fields}    training: { steps: 4, learningRate: 1.0e-3 }
evaluation:`,
  );

const resolved = (text: string) => resolveRecipeText(text, 'x.yaml', options);

function complaint(text: string): string {
  try {
    resolved(text);
    return '';
  } catch (error) {
    if (error instanceof RecipeError) return error.message;
    throw error;
  }
}

describe('a student of a method that needs one to start from', () => {
  it('is refused without, and is told the candidates', () => {
    expect(complaint(withStudent('    steps: [1]\n'))).toBe(
      'x.yaml:14:5 students[1].init: expected the earlier student that this one of rectified-flow-distilled starts from, one, got nothing',
    );
  });

  it('is told that there is none where none fits its head', () => {
    expect(complaint(withStudent('    head: { width: 16, depth: 1 }\n'))).toBe(
      'x.yaml:14:5 students[1].init: expected the earlier student that this one of rectified-flow-distilled starts from, but there is none of its head and signature before it, got nothing',
    );
  });

  it('is taken with it', () => {
    expect(complaint(withStudent('    init: one\n'))).toBe('');
  });
});

describe('a student of a method with step counts of its own', () => {
  it('gets them where the recipe leaves them open, and the resolved recipe says so', () => {
    const open = resolved(withStudent('    init: one\n'));
    expect(open.recipe.students.map(({ steps }) => steps)).toEqual([undefined, [1]]);
    expect(parse(open.yaml).students[1].steps).toEqual([1]);
    expect(open.hash).toBe(resolved(withStudent('    init: one\n    steps: [1]\n')).hash);
  });

  it('is refused others, at the place of each', () => {
    expect(complaint(withStudent('    init: one\n    steps: [1, 4]\n'))).toBe(
      'x.yaml:17:16 students[1].steps[1]: expected 1, the step counts of rectified-flow-distilled, got 4',
    );
  });
});

describe('the one-step specialist', () => {
  it('needs a student to start from and takes one step', async () => {
    expect(methods['rectified-flow-distilled']?.needs).toEqual({ init: true, steps: [1] });
    const specialist = 'students[0].method=rectified-flow-distilled';
    await expect(loadRecipe('distill', 'recipes/smoke.yaml', [specialist, 'students[0].options={}'])).rejects.toThrow(
      /students\[0\]\.init: expected the earlier student .* there is none/,
    );
  });
});

describe('a method whose loss is between draws', () => {
  const of = (method: string, draws: number) =>
    withStudent('')
      .replace('method: rectified-flow-distilled', `method: ${method}`)
      .replace('training: { steps: 4,', `training: { steps: 4, batch: 16, draws: ${draws},`);

  it.each(['energy', 'drifting'])('is refused with one: %s', (method) => {
    expect(complaint(of(method, 1))).toMatch(
      new RegExp(
        `students\\[1\\].training.draws: expected at least 2 draws a context, which ${method} compares with each other, got 1$`,
      ),
    );
    expect(complaint(of(method, 2))).toBe('');
  });

  it('is taken with one where it compares none', () => {
    expect(complaint(of('trajectory', 1))).toBe('');
  });
});
