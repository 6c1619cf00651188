/** The plug-ins that a recipe names: which they are, whether they are there, and what of them is a part of the run. */
import { realpathSync } from 'node:fs';
import { type LoadedPlugin, loadedPlugins, pluginPath } from '../../ground/plugin/loaded.ts';
import type { RecipePlugin } from '../../ground/plugin/plugins-schema.ts';
import { valueAt } from './diagnosis.ts';
import type { FieldPath, Problem } from './problem.ts';

/** Where a recipe's value names plug-ins; nothing where it is not as the schema wants it. */
export function pluginFields(recipe: unknown): FieldPath[] {
  const plugins = valueAt(recipe, ['plugins']);
  if (!Array.isArray(plugins)) return [];
  return plugins.flatMap((entry: unknown, index): FieldPath[] => [
    typeof entry === 'string' ? ['plugins', index] : ['plugins', index, 'path'],
  ]);
}

/** The plug-ins that a recipe's value names. */
export const pluginsIn = (recipe: unknown): RecipePlugin[] =>
  pluginFields(recipe).flatMap((field) => {
    const [path, sha256] = [valueAt(recipe, field), valueAt(recipe, [...field.slice(0, 2), 'sha256'])];
    return typeof path === 'string' ? [{ path, ...(typeof sha256 === 'string' && { sha256 }) }] : [];
  });

/** Plug-ins of a recipe that nobody allowed to be loaded, and those that are not the ones that it asks for. */
export const pluginProblems = (recipe: unknown): Problem[] =>
  pluginFields(recipe).flatMap((field) => {
    const path = valueAt(recipe, field);
    if (typeof path !== 'string') return [];
    const found = loadedAt(path);
    if (found === undefined)
      return [
        {
          path: field,
          message: `a plug-in runs code of its own, which a recipe alone may not: expected --allow-plugins, or --plugin ${path}, on the command line`,
        },
      ];
    const pinned: FieldPath = [...field.slice(0, 2), 'sha256'];
    const sha256 = valueAt(recipe, pinned);
    return typeof sha256 !== 'string' || sha256 === found.sha256
      ? []
      : [
          {
            path: pinned,
            message: `expected that of ${path} (${found.sha256}), which has changed since, got ${sha256}`,
          },
        ];
  });

/** The plug-ins that are a part of a recipe's run: its own, and those that the command line names. Their hashes are its, too. */
export function resolvedPlugins(own: readonly RecipePlugin[] = []): RecipePlugin[] {
  const files = own.map(({ path }) => loadedAt(path)?.file);
  return loadedPlugins()
    .filter(({ file, named }) => named || files.includes(file))
    .map((plugin) => ({ path: pluginPath(plugin), sha256: plugin.sha256 }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The loaded plug-in of a path, whatever links lead to it. */
function loadedAt(path: string): LoadedPlugin | undefined {
  try {
    const file = realpathSync(path);
    return loadedPlugins().find((plugin) => plugin.file === file);
  } catch {
    return undefined;
  }
}
