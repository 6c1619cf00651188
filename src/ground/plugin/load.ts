import { register } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FlowError, PluginError } from '../errors.ts';
import type { HookData } from './hooks.ts';
import { type LoadedPlugin, loadedPlugins, notePlugin, urlsOf } from './loaded.ts';
import { type PluginSources, pluginSources } from './sources.ts';
import { addEntry } from './table.ts';
import { javascriptOf } from './typescript.ts';

/** An entry of a plug-in: the field of the table that it is for, its name there, and itself. */
export type PluginEntry = readonly [field: string, name: string, entry: unknown];

/** How a plug-in is loaded. */
export interface LoadOptions {
  /** The SHA-256 that it must have. */
  readonly sha256?: string;
  /** Whether it counts for every recipe. */
  readonly named?: boolean;
  /** The entries of what the file exports. Throws PluginError where they are not what the tables hold. */
  readonly entriesOf?: (plugin: unknown, path: string) => readonly PluginEntry[];
}

const extensions = ['.mjs', '.js', '.cjs', '.ts', '.mts'];

/** Frames of a stack: tfjs and the tracing lie between a plug-in's line and what throws. */
const FRAMES = 100;

/**
 * Loads a plug-in, a file whose code is run with all rights of this process, and adds its entries to their tables; once,
 * however often it is asked for. Throws FileError or PluginError.
 */
export async function loadPlugin(
  path: string,
  { sha256, named = false, entriesOf = allEntries }: LoadOptions = {},
): Promise<LoadedPlugin> {
  if (!extensions.includes(extname(path)))
    throw new PluginError(`${path}: expected a plug-in as ${extensions.join(', ')}`);
  const sources = await pluginSources(path);
  const [file = path] = sources.files;
  const before = loadedPlugins().find((loaded) => loaded.file === file);
  if ((sha256 ?? sources.sha256) !== sources.sha256 || (before?.sha256 ?? sources.sha256) !== sources.sha256)
    throw new PluginError(
      `${path}: expected the plug-in with which this was begun (${(before?.sha256 ?? sha256)?.slice(0, 12)}), found a changed one (${sources.sha256.slice(0, 12)})`,
    );
  const plugin = { file, sha256: sources.sha256, urls: urlsOf(sources.files), named };
  if (before !== undefined) return notePlugin(plugin);
  const entries = entriesOf(await imported(path, sources), path);
  for (const entry of entries) addEntry(...entry);
  return notePlugin(plugin);
}

/** What a plug-in's file exports. */
async function imported(path: string, { files }: PluginSources): Promise<unknown> {
  const [file = path] = files;
  for (const source of files.filter((name) => /\.m?ts$/.test(name))) await javascriptOf('', source); // or it says why not
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, FRAMES);
  process.setSourceMapsEnabled(true);
  const url = import.meta.url;
  const data: HookData = { urls: urlsOf(files) };
  if (url.endsWith('.js')) register('./hooks.js', { parentURL: url, data });
  try {
    return ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (cause) {
    if (cause instanceof FlowError) throw cause;
    const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new PluginError(`${path}: cannot be loaded: ${message}`, { cause });
  }
}

/** The entries of a plug-in that has been checked. */
export const allEntries = (plugin: unknown): PluginEntry[] =>
  recordEntries(plugin).flatMap(([field, table]) =>
    recordEntries(table).map(([name, entry]) => [field, name, entry] as const),
  );

const recordEntries = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** A plug-in as a thread of a pool is told of it. */
export type PoolPlugin = Pick<LoadedPlugin, 'file' | 'sha256'>;

/** Loads into a thread what its process has loaded. Throws PluginError where a file has changed meanwhile. */
export async function loadForPool(plugins: readonly PoolPlugin[]): Promise<void> {
  const known = loadedPlugins();
  for (const { file, sha256 } of plugins)
    if (!known.some((plugin) => plugin.file === file && plugin.sha256 === sha256)) await loadPlugin(file, { sha256 });
}
