import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { resolveRecipeText } from '../../src/distillation/recipe/resolve.ts';
import { pluginSources } from '../../src/ground/plugin/sources.ts';
import { loadRecipe } from '../../src/plugins/load-recipe.ts';
import { usePlugins } from '../../src/plugins/use-plugins.ts';
import { smallRecipeText } from '../small-recipe.ts';
import { temporaryFiles } from './temporary-plugin.ts';

/** A recipe with a plug-in beside it, whose solver of a name of its own takes no step. */
async function recipeWith(name: string, plugins: string) {
  const solver = `{ title: 'x', evaluations: 1, order: 1, step: (v, x) => ({ x, memory: {} }) }`;
  const at = await temporaryFiles({
    'recipe.yaml': smallRecipeText
      .replace('name: small', `name: small\nplugins: ${plugins}`)
      .replace('solver: heun', `solver: ${name}`),
    'mine.mjs': `globalThis.${name} = true;\nexport default { solvers: { ${name}: ${solver} } };`,
  });
  return { at, hasRun: () => Reflect.has(globalThis, name) };
}

describe('a recipe with plug-ins', () => {
  it('runs no code alone: it is refused where it names them, with what would allow it', async () => {
    const { at, hasRun } = await recipeWith('refused', '[./mine.mjs]');
    await expect(loadRecipe('distill', at('recipe.yaml'))).rejects.toThrow(
      /recipe\.yaml:3:11 plugins\[0\]: a plug-in runs code of its own, which a recipe alone may not: expected --allow-plugins, or --plugin \S*mine\.mjs, on the command line$/,
    );
    expect(hasRun()).toBe(false);
  });

  it('resolves where they are allowed, to a recipe that says their hashes and resolves to itself', async () => {
    const { at, hasRun } = await recipeWith('allowed', '[./mine.mjs]');
    const { recipe, hash, yaml } = await loadRecipe('distill', at('recipe.yaml'), [], { allowPlugins: true });
    const { sha256 } = await pluginSources(at('mine.mjs'));
    expect(recipe.plugins).toEqual([{ path: expect.stringMatching(/mine\.mjs$/), sha256 }]);
    expect(recipe.trajectories.solver).toBe('allowed');
    expect(hasRun()).toBe(true);
    const again = resolveRecipeText(yaml, 'resolved.yaml', { engineDefaults: { workers: 1 } });
    expect(again.hash).toBe(hash);
  });

  it('has the same hash where the command line names them instead', async () => {
    const { at } = await recipeWith('named', '[./mine.mjs]');
    const { hash } = await loadRecipe('distill', at('recipe.yaml'), [], { allowPlugins: true });
    await usePlugins([at('mine.mjs')]);
    const text = await readFile(at('recipe.yaml'), 'utf8');
    const without = await temporaryFiles({ 'recipe.yaml': text.replace(/^plugins.*\n/m, '') });
    expect((await loadRecipe('distill', without('recipe.yaml'))).hash).toBe(hash);
  });

  it('that are pinned must be the very ones, or are not run', async () => {
    const { at, hasRun } = await recipeWith('pinned', `[{ path: ./mine.mjs, sha256: ${'ab'.repeat(32)} }]`);
    await expect(loadRecipe('distill', at('recipe.yaml'), [], { allowPlugins: true })).rejects.toThrow(
      'mine.mjs: expected the plug-in with which this was begun (abababababab), found a changed one (',
    );
    expect(hasRun()).toBe(false);
    await usePlugins([at('mine.mjs')]);
    await expect(loadRecipe('distill', at('recipe.yaml'))).rejects.toThrow(
      /recipe\.yaml:3:\d+ plugins\[0\]\.sha256: expected that of \S*mine\.mjs \([0-9a-f]{64}\), which has changed since, got (ab)+$/,
    );
  });

  it('must name files', async () => {
    const { at } = await recipeWith('misnamed', '[3]');
    await expect(loadRecipe('distill', at('recipe.yaml'), [], { allowPlugins: true })).rejects.toThrow(
      /recipe\.yaml:3:11 plugins\[0\]: expected /,
    );
  });
});
