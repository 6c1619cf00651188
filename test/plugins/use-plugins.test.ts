import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { knownMethod } from '../../src/distillation/method/table.ts';
import { metrics } from '../../src/evaluation/metric/table.ts';
import { PluginError } from '../../src/ground/errors.ts';
import { loadPlugin } from '../../src/ground/plugin/load.ts';
import { loadedPlugins, pluginIn } from '../../src/ground/plugin/loaded.ts';
import { solvers } from '../../src/heads/solver/table.ts';
import { usePlugins } from '../../src/plugins/use-plugins.ts';
import { temporaryPlugin } from './temporary-plugin.ts';

const solver = `{ title: 'x', evaluations: 1, order: 1, step: () => { throw new TypeError('thrown within') } }`;

describe('a plug-in', () => {
  it('adds entries to the tables, once however often it is used, and is found in stacks', async () => {
    const path = await temporaryPlugin(`export default { solvers: { 'my-solver': ${solver} } };`);
    await usePlugins([path, path]);
    await usePlugins([path]);
    const added: unknown = Reflect.get(solvers, 'my-solver');
    expect(added).toMatchObject({ title: 'x', evaluations: 1 });
    expect(loadedPlugins().filter(({ file }) => file.endsWith(path.slice(5)))).toHaveLength(1);
    const thrown = (() => {
      try {
        (added as { step: () => void }).step();
      } catch (error) {
        return new Error('outside', { cause: error });
      }
    })();
    expect(pluginIn(thrown)).toMatch(/plugin\.mjs$/);
    expect(pluginIn(new Error('elsewhere'))).toBeUndefined();
  });

  it.each([
    [
      'nothing',
      'export const x = 1;',
      /: expected a default export of definePlugin\(\{ heads, .* \}\) with at least one of them, got none$/,
    ],
    ['no tables', 'export default {};', /got an empty one$/],
    [
      'a table that is none',
      'export default { solver: {} };',
      /: "solver": expected the name of a table \(heads, families, /,
    ],
    ['no entries', 'export default { solvers: 3 };', /: solvers: expected entries by name, got a number$/],
    [
      'a name of capitals',
      `export default { solvers: { Mine: ${solver} } };`,
      /: solvers "Mine": expected a name of the form /,
    ],
    [
      'a name that is taken',
      `export default { solvers: { heun: ${solver} } };`,
      /: solvers heun: expected a name of its own: there is one of this name$/,
    ],
    [
      'the name of a fitted solver',
      `export default { solvers: { bns: ${solver} } };`,
      /: solvers bns: expected a name of its own/,
    ],
    [
      'an entry without a field',
      `export default { solvers: { half: { title: 'x', evaluations: 1, order: 1 } } };`,
      /: solvers half step: expected a function$/,
    ],
    [
      'an entry with a wrong field',
      `export default { solvers: { half: { title: 'x', evaluations: 0.5, order: 1, step() {} } } };`,
      /: solvers half evaluations: expected a whole number$/,
    ],
    [
      'a metric under another name',
      `export default { metrics: { mine: { name: 'other' } } };`,
      /: metrics mine name: expected mine, as the table has it$/,
    ],
    [
      'a teacher of no section',
      'export default { teachers: { mine: { load() {} } } };',
      /: teachers mine section: expected a z\.strictObject$/,
    ],
    ['code that throws', 'throw new RangeError("of its own");', /: cannot be loaded: RangeError: of its own$/],
    ['no code', 'export default {{', /: cannot be loaded: /],
  ])('with %s is refused in one line', async (_, text, message) => {
    const path = await temporaryPlugin(text);
    const before = [Object.keys(solvers), metrics.length];
    await expect(usePlugins([path])).rejects.toThrow(PluginError);
    await expect(usePlugins([path])).rejects.toThrow(message);
    expect([Object.keys(solvers), metrics.length]).toEqual(before);
  });

  it('adds nothing where one of its entries is wrong', async () => {
    const path = await temporaryPlugin(`export default { solvers: { 'good-one': ${solver}, 'bad-one': {} } };`);
    await expect(usePlugins([path])).rejects.toThrow('solvers bad-one title');
    expect(Object.hasOwn(solvers, 'good-one')).toBe(false);
  });

  it('of another kind of file is refused', async () => {
    await expect(usePlugins(['plugin.txt'])).rejects.toThrow(
      'plugin.txt: expected a plug-in as .mjs, .js, .cjs, .ts, .mts',
    );
  });

  it('that is not the one that was asked for, or has changed since, is not run', async () => {
    const path = await temporaryPlugin(`export default { solvers: { 'once-more': ${solver} } };`);
    await expect(loadPlugin(path, { sha256: '0'.repeat(64) })).rejects.toThrow(
      'expected the plug-in with which this was begun (000000000000), found a changed one (',
    );
    expect(Object.hasOwn(solvers, 'once-more')).toBe(false);
    await usePlugins([path]);
    await writeFile(path, `export default { methods: {} };`);
    await expect(usePlugins([path])).rejects.toThrow('found a changed one');
    expect(knownMethod('once-more')).toBeUndefined();
  });
});
