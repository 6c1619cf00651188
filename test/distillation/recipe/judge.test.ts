import { describe, expect, it } from 'vitest';
import { resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { RecipeError } from '../../../src/ground/errors.ts';
import { smallRecipe, testOptions } from './tables.ts';

const options = { ...testOptions, kind: 'distill' as const };
const text = smallRecipe.replace(/teacher: .*/, 'teacher: { kind: digits, path: a-teacher }');

const resolved = (...set: string[]) => resolveRecipeText(text, 'folder/x.yaml', { ...options, set });

function complaint(...set: string[]): string {
  try {
    resolved(...set);
    return '';
  } catch (error) {
    if (error instanceof RecipeError) return error.message;
    throw error;
  }
}

const hash = 'a'.repeat(64);

describe('a feature network of the user’s', () => {
  it('is a file, or a file with what it takes and gives', () => {
    expect(resolved('evaluation.features=nets/dino.onnx').recipe.evaluation.features).toBe('nets/dino.onnx');
    const whole =
      'evaluation.features={ model: a.onnx, name: dino, size: 224, range: imagenet, layout: nchw, channels: 3, ' +
      `resize: bicubic, input: x, output: y, pool: first, sha256: ${hash} }`;
    expect(resolved(whole).recipe.evaluation.features).toMatchObject({ size: 224, range: 'imagenet', pool: 'first' });
    for (const range of ['[-1, 1]', '{ mean: [0.5, 0.5, 0.5], std: [1, 1, 1] }'])
      expect(complaint(`evaluation.features={ model: a.onnx, range: ${range} }`)).toBe('');
  });

  it('is found beside the recipe, and is part of its hash', () => {
    const written = text.replace('evaluation:', 'evaluation:\n  features: { model: a.onnx }');
    const { recipe, hash: first } = resolveRecipeText(written, 'folder/x.yaml', options);
    expect(recipe.evaluation.features).toEqual({ model: 'folder/a.onnx' });
    const other = written.replace('a.onnx }', 'a.onnx, resize: area }');
    expect(resolveRecipeText(other, 'folder/x.yaml', options).hash).not.toBe(first);
  });

  it('may be beside statistics, which are found beside the recipe and need it', () => {
    const written = text.replace('evaluation:', 'evaluation:\n  features: a.onnx\n  statistics: stats.npz');
    expect(resolveRecipeText(written, 'folder/x.yaml', options).recipe.evaluation.statistics).toBe('folder/stats.npz');
    expect(complaint('evaluation.statistics=stats.npz')).toBe(
      '--set evaluation.statistics=stats.npz: expected evaluation.features beside it, got "stats.npz" alone',
    );
  });

  it('is called FID only with the hash of its weights', () => {
    expect(complaint('evaluation.features={ model: a.onnx, protocol: fid }')).toBe(
      '--set evaluation.features={ model: a.onnx, protocol: fid } evaluation.features.sha256: expected the SHA-256 of the file, without which protocol fid says nothing, got nothing',
    );
    expect(complaint(`evaluation.features={ model: a.onnx, protocol: fid, sha256: ${hash} }`)).toBe('');
  });

  it.each([
    ['{ name: dino }', 'model: expected a path, got nothing'],
    ['{ model: a.onnx, size: 0 }', 'size: expected a whole number from 1 to 2048, got 0'],
    ['{ model: a.onnx, range: [0] }', 'range'],
    ['{ model: a.onnx, resize: lanczos }', 'resize: expected one of bilinear, bicubic, area, got "lanczos"'],
    ['{ model: a.onnx, channels: 4 }', 'channels: expected one of 1, 3, got 4'],
    ['{ model: a.onnx, sha256: abc }', 'sha256: expected 64 hexadecimal digits, got "abc"'],
    ['{ model: a.onnx, sizes: 3 }', 'sizes: unknown key; did you mean size?'],
  ])('%s is refused at its place', (value, message) => {
    expect(complaint(`evaluation.features=${value}`)).toContain(`evaluation.features.${message}`);
    expect(complaint(`evaluation.features=${value}`).split('\n')).toHaveLength(1);
  });
});
