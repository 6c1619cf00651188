import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resolveRecipe } from '../../../src/distillation/recipe/resolve.ts';
import { recipeJsonSchema } from './json-schema.ts';

describe('shipped recipes', () => {
  const files = readdirSync('recipes').filter((name) => name.endsWith('.yaml'));

  test.each(files)('%s resolves and tells editors its schema', async (file) => {
    const { recipe } = await resolveRecipe(`recipes/${file}`, { engineDefaults: { workers: 1 } });
    expect(`${recipe.name}.yaml`).toBe(file);
    expect(readFileSync(`recipes/${file}`, 'utf8')).toMatch(/^# yaml-language-server: \$schema=.\/schema.json$/m);
  });

  test('have a current schema (npx vitest run test/distillation/recipe/shipped.test.ts -u writes it)', async () => {
    const text = `${JSON.stringify(recipeJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../recipes/schema.json');
  });
});
