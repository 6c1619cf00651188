import { describe, expect, test } from 'vitest';
import { resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { complaint } from './resolving.ts';
import { smallRecipe, testOptions } from './tables.ts';

const features = 'kind: features\nname: a\ndata: { kind: mnist }\ntraining: { steps: 1, learningRate: 1 }\noutput: a\n';
const teacher = `kind: teacher
name: a
data: { kind: mnist, patch: 4 }
backbone: { width: 64, depth: 1, heads: 2 }
head: { width: 64, depth: 1 }
training: { steps: 1, learningRate: 1 }
output: a
`;

const of = { student: smallRecipe, teacher, features } as const;
const resolveAny = (text: string, set: readonly string[] = []) =>
  resolveRecipeText(text, 'x.yaml', { ...testOptions, set });

describe.each(Object.entries(of))('the optimizer of a %s', (kind, text) => {
  const training = kind === 'student' ? 'students[0].training' : 'training';
  const settled = (...set: string[]) => {
    const { recipe } = resolveAny(text, set);
    return recipe.kind === 'distill' ? recipe.students[0]?.training : recipe.training;
  };

  test('that is adamw leaves the recipe and its hash as if nothing were said', () => {
    const said = resolveAny(text, [`${training}.optimizer=adamw`]);
    expect(said).toEqual(resolveAny(text));
    expect(said.yaml).not.toContain('optimizer');
    expect(Object.keys(settled() ?? {})).not.toContain('muonScale');
  });

  test('that is muon is part of the hash, with its scale written out', () => {
    const muon = resolveAny(text, [`${training}.optimizer=muon`]);
    expect(settled(`${training}.optimizer=muon`)).toMatchObject({ optimizer: 'muon', muonScale: 5 });
    expect(resolveAny(muon.yaml)).toEqual(muon);
    const scaled = resolveAny(text, [`${training}={ steps: 1, learningRate: 1, optimizer: muon, muonScale: 2 }`]);
    expect(new Set([muon.hash, scaled.hash, resolveAny(text).hash]).size).toBe(3);
  });

  test('has no scale unless it is muon', () => {
    expect(() => resolveAny(text, [`${training}.muonScale=3`])).toThrow(
      `--set ${training}.muonScale=3: expected none with optimizer adamw, got 3`,
    );
  });
});

test('an optimizer that there is not is told which there are', () => {
  expect(complaint(smallRecipe, ['students[0].training.optimizer=moun'])).toBe(
    '--set students[0].training.optimizer=moun: expected one of adamw, muon, got "moun"; did you mean muon?',
  );
});
