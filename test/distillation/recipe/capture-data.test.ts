import { describe, expect, it } from 'vitest';
import { resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { smallRecipe, testOptions } from './tables.ts';

const resolve = (text: string) => resolveRecipeText(text, 'r.yaml', { ...testOptions, kind: 'distill' });
const imported = smallRecipe.replace(/^teacher:.*$/m, 'teacher: { kind: imported, path: teachers/x }');
const data = 'data: { kind: capture, path: captures/x }\n';

describe('data of a distillation', () => {
  it('is asked for by an imported teacher', () => {
    expect(resolve(imported + data).recipe.data).toMatchObject({ kind: 'capture', path: 'captures/x' });
    expect(() => resolve(imported)).toThrow(
      'data: expected { kind: capture, path: … }: an imported teacher is distilled on captured hidden states',
    );
  });

  it('is refused by a teacher that makes its own contexts', () => {
    expect(() => resolve(smallRecipe + data)).toThrow(
      'data: expected none with a gaussian teacher (it makes its own contexts)',
    );
  });
});
