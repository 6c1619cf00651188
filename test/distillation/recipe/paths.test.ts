import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { movedText, pathFields, runRecipeText } from '../../../src/distillation/recipe/paths.ts';
import { resolveRecipe } from '../../../src/distillation/recipe/resolve.ts';
import { recipeJsonSchema } from './json-schema.ts';
import { smallRecipe, testOptions } from './tables.ts';

const home = process.cwd();
const text = smallRecipe.replace(/^teacher:.*$/m, 'teacher: { kind: digits, path: ../teachers/x }');
const resolve = (path: string, ...set: string[]) => resolveRecipe(path, { ...testOptions, kind: 'distill', set });
const teacherOf = async (path: string, ...set: string[]) => {
  const { teacher } = (await resolve(path, ...set)).recipe;
  return 'path' in teacher ? teacher.path : undefined;
};
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-paths-'));
  process.chdir(folder);
  await mkdir('recipes');
  await mkdir('teachers/x', { recursive: true });
  await writeFile('recipes/r.yaml', text);
});
afterEach(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe('the paths of a recipe', () => {
  test('are relative to its file, whatever the working folder', async () => {
    expect(await teacherOf('recipes/r.yaml')).toBe('teachers/x');
    expect(await teacherOf(join(folder, 'recipes/r.yaml'))).toBe('teachers/x');
    process.chdir('recipes');
    expect(await teacherOf('r.yaml')).toBe('../teachers/x');
  });

  test('stay as they are where they are absolute, or words of the command line', async () => {
    expect(await teacherOf('recipes/r.yaml', 'teacher.path=teachers/y')).toBe('teachers/y');
    expect(await teacherOf('recipes/r.yaml', 'teacher={kind: digits, path: z}')).toBe('z');
    await writeFile('recipes/absolute.yaml', text.replace('../teachers/x', '/models/x'));
    expect(await teacherOf('recipes/absolute.yaml')).toBe('/models/x');
  });

  test('give the same hash wherever the checkout lies, and in the folder of the run', async () => {
    const { hash, recipe, yaml } = await resolve('recipes/r.yaml');
    const run = `runs/small-${hash}`;
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'recipe.resolved.yaml'), runRecipeText(recipe, run));
    expect((await resolve(join(run, 'recipe.resolved.yaml'))).hash).toBe(hash);
    await writeFile('saved.yaml', yaml);
    expect((await resolve('saved.yaml')).hash).toBe(hash);
    await mkdir('deeper');
    await cp('recipes', 'deeper/recipes', { recursive: true });
    await rename('teachers', 'deeper/teachers');
    process.chdir('deeper');
    expect((await resolve('recipes/r.yaml')).hash).toBe(hash);
  });

  test('move with the resolved recipe into another folder', async () => {
    const { recipe } = await resolve('recipes/r.yaml');
    const inRun = runRecipeText(recipe, 'runs/a');
    const others = { ...recipe, engine: { ...recipe.engine, workers: recipe.engine.workers + 1 } };
    expect(runRecipeText(others, 'runs/a')).toBe(inRun);
    expect(inRun).toContain('path: ../../teachers/x\n');
    expect(movedText(inRun, 'runs/a', 'students/b')).toBe(inRun);
    expect(movedText(inRun, 'runs/a', 'out')).toContain('path: ../teachers/x\n');
    expect(movedText(': [', 'runs/a', 'out')).toBe(': [');
  });

  test('that only the working folder has are told how they are written', async () => {
    await writeFile('recipes/old.yaml', text.replace('../teachers/x', 'teachers/x'));
    await expect(resolve('recipes/old.yaml')).rejects.toThrow(
      'recipes/old.yaml:3:32 teacher.path: expected a path relative to the recipe, like ../teachers/x; got "teachers/x", which is relative to the working folder',
    );
    expect(await teacherOf('recipes/old.yaml', 'teacher.path=teachers/x')).toBe('teachers/x');
  });

  test('are all known', () => {
    const found = new Set<string>();
    const schema = recipeJsonSchema();
    const visit = (node: unknown, keys: readonly string[]): void => {
      if (typeof node !== 'object' || node === null) return;
      const { $ref, description, properties } = node as Record<string, unknown>;
      if (typeof $ref === 'string') visit(schema.$defs?.[$ref.split('/').at(-1) ?? ''], keys);
      if (typeof description === 'string' && description.endsWith('Relative to the recipe.')) found.add(keys.join('.'));
      for (const [key, inner] of Object.entries(properties ?? {})) visit(inner, [...keys, key]);
      for (const inner of Object.values(node)) if (Array.isArray(inner)) for (const each of inner) visit(each, keys);
    };
    visit(schema, []);
    expect([...found].sort()).toEqual(
      pathFields({})
        .map((path) => path.join('.'))
        .sort(),
    );
  });
});
