/** Loads plug-ins into this process, whose tables all are there then, and refuses what they cannot hold. */
import '../distillation/method/table.ts';
import '../evaluation/metric/table.ts';
import '../heads/family/table.ts';
import '../teachers/data/table.ts';
import '../teachers/table.ts';
import { PluginError } from '../ground/errors.ts';
import { quoted } from '../ground/file/quoted.ts';
import { allEntries, loadPlugin, type PluginEntry } from '../ground/plugin/load.ts';
import type { RecipePlugin } from '../ground/plugin/plugins-schema.ts';
import { hasEntry } from '../ground/plugin/table.ts';
import { entryChecks } from './entry-schemas.ts';
import type { PluginEntries } from './plugin.ts';

/**
 * Runs the code of plug-ins, files whose default export is `definePlugin(…)`, and adds their entries to the tables, for all
 * recipes that this process reads afterwards. Throws FileError or PluginError.
 */
export async function usePlugins(paths: readonly string[]): Promise<void> {
  for (const path of paths) await loadPlugin(path, { named: true, entriesOf: checkedEntries });
}

/** The same for those of one recipe, which must be the very ones that it says. */
export async function useRecipePlugins(plugins: readonly RecipePlugin[]): Promise<void> {
  for (const { path, sha256 } of plugins)
    await loadPlugin(path, { ...(sha256 !== undefined && { sha256 }), entriesOf: checkedEntries });
}

/** The entries of what a plug-in's file exports, heads first, since families name them. Throws PluginError. */
function checkedEntries(plugin: unknown, path: string): readonly PluginEntry[] {
  if (typeof plugin !== 'object' || plugin === null || Object.keys(plugin).length === 0)
    throw new PluginError(
      `${path}: expected a default export of definePlugin({ ${Object.keys(entryChecks).join(', ')} }) with at least one of them, got ${plugin === undefined ? 'none' : shown(plugin)}`,
    );
  for (const [table, entries] of Object.entries(plugin)) {
    if (!isTable(table))
      throw new PluginError(
        `${path}: ${quoted(table)}: expected the name of a table (${Object.keys(entryChecks).join(', ')})`,
      );
    if (typeof entries !== 'object' || entries === null)
      throw new PluginError(`${path}: ${table}: expected entries by name, got ${shown(entries)}`);
  }
  const found = allEntries(plugin);
  const problem = found.map(([table, name, entry]) => problemOf(table, name, entry)).find((text) => text !== undefined);
  if (problem !== undefined) throw new PluginError(`${path}: ${problem}`);
  return found;
}

const isTable = (name: string): name is keyof PluginEntries => Object.hasOwn(entryChecks, name);

/** What is wrong with an entry, in one line. */
function problemOf(table: string, name: string, entry: unknown): string | undefined {
  if (!isTable(table)) return `${table}: not a table`;
  const { name: form, taken, fields } = entryChecks[table];
  if (!form.test(name)) return `${table} ${quoted(name)}: expected a name of the form ${form.source}`;
  if (taken.includes(name) || hasEntry(table, name))
    return `${table} ${name}: expected a name of its own: there is one of this name`;
  const issue = fields(name).safeParse(entry).error?.issues[0];
  if (issue === undefined) return undefined;
  const place = [table, name, ...issue.path.map(String)].join(' ');
  const missing = issue.code === 'invalid_type' && issue.path.length > 0 && !hasField(entry, issue.path);
  return `${place}: ${missing ? `expected ${issue.expected}, found none` : issue.message}`;
}

function hasField(entry: unknown, path: readonly PropertyKey[]): boolean {
  let here = entry;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return false;
    here = Reflect.get(here, key);
  }
  return here !== undefined;
}

const shown = (value: unknown): string => (typeof value === 'object' ? 'an empty one' : `a ${typeof value}`);
