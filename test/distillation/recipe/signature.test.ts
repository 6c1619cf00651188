import { describe, expect, it } from 'vitest';
import { resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { RecipeError } from '../../../src/ground/errors.ts';
import type { HeadInputs } from '../../../src/teachers/imported/inputs.ts';
import { smallRecipe, testOptions } from './tables.ts';

const options = { ...testOptions, kind: 'distill' as const, flowMapMethods: ['trajectory'] };

/** What is said of a recipe; nothing where it is taken. */
function complaint(text: string, importedHead: (folder: string) => HeadInputs | undefined = () => undefined): string {
  try {
    resolveRecipeText(text, 'x.yaml', { ...options, importedHead });
    return '';
  } catch (error) {
    if (error instanceof RecipeError) return error.message;
    throw error;
  }
}

const original = smallRecipe.replace('method: trajectory', 'method: trajectory\n    signature: original');
const oneScale = (text: string): string => text.replace('{ min: 1, max: 2 }', '1.5');
const byConsistency = (text: string): string =>
  text.replace('method: trajectory', 'method: consistency').replace('    options: { endpoint: 0.5 }\n', '');
const imported = (text: string): string =>
  text.replace(/teacher: .*/, 'teacher: { kind: imported, path: teachers/it }\ndata: { kind: capture, path: dump }');

describe('a student of the original signature', () => {
  it('is taken where one time and one guidance scale will do', () => {
    expect(complaint(oneScale(byConsistency(original)))).toBe('');
  });

  it('is refused a map between two times, at the place of its signature', () => {
    expect(complaint(oneScale(original))).toBe(
      'x.yaml:9:16 students[0].signature: expected extended: students of trajectory jump between two times, and the ' +
        'original head takes one; got original',
    );
  });

  it('is refused a range of guidance scales, at the place of the range', () => {
    expect(complaint(byConsistency(original))).toBe(
      'x.yaml:4:11 guidance: expected one guidance scale, which students of the original signature (one) have in their ' +
        'weights, got 1 to 2',
    );
  });

  it('may map between two times at any guidance scale where the imported head does', () => {
    const asked: string[] = [];
    const twoTimes = (folder: string): HeadInputs => {
      asked.push(folder);
      return { twoTimes: true, guidedBefore: true };
    };
    expect(complaint(imported(original), twoTimes)).toBe('');
    expect([...new Set(asked)]).toEqual(['teachers/it']);
    const oneTime = (): HeadInputs => ({ twoTimes: false, guidedBefore: false });
    expect(complaint(oneScale(imported(original)), oneTime)).toContain('expected extended');
  });

  it('of a size of its own is none of the imported head', () => {
    const sized = original.replace('signature: original', 'signature: original\n    head: { width: 16, depth: 1 }');
    expect(complaint(oneScale(imported(sized)), () => ({ twoTimes: true, guidedBefore: true }))).toContain(
      'expected extended',
    );
  });

  it('starts from an earlier student of its signature only', () => {
    const two = `${oneScale(byConsistency(original)).replace('evaluation:', '  - { name: two, method: consistency, init: one, training: { steps: 4, learningRate: 1.0e-3 } }\nevaluation:')}`;
    expect(complaint(two)).toBe(
      'x.yaml:14:5 students[1].signature: expected the signature of one, whose weights this student starts from',
    );
    expect(complaint(two.replace('init: one', 'init: one, signature: original'))).toBe('');
  });
});
