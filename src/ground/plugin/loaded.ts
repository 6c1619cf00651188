import { relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A plug-in of this process. */
export interface LoadedPlugin {
  /** Real path of its file. */
  readonly file: string;
  /** SHA-256 of its file and those that it is made of. */
  readonly sha256: string;
  /** The URLs that its stacks have. */
  readonly urls: readonly string[];
  /** Whether the command line, or a program, named it itself: it then counts for every recipe. */
  readonly named: boolean;
}

const plugins = new Map<string, LoadedPlugin>();

/** The plug-ins of this process, in the order in which they were loaded. */
export const loadedPlugins = (): readonly LoadedPlugin[] => [...plugins.values()];

/** Makes a plug-in known; once named, it stays so. */
export function notePlugin(plugin: LoadedPlugin): LoadedPlugin {
  const noted = { ...plugin, named: plugin.named || (plugins.get(plugin.file)?.named ?? false) };
  plugins.set(plugin.file, noted);
  return noted;
}

/** A plug-in's path as recipes write it: relative to the working folder. */
export const pluginPath = ({ file }: Pick<LoadedPlugin, 'file'>): string =>
  relative(resolve('.'), file).split(sep).join('/');

/** The URLs of files. */
export const urlsOf = (files: readonly string[]): string[] => files.map((file) => pathToFileURL(file).href);

/** The path of the plug-in in whose code an error, or what caused it, was thrown. */
export function pluginIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const stack = error.stack ?? '';
  const found = loadedPlugins().find(({ urls, file }) => [...urls, file].some((url) => stack.includes(`${url}:`)));
  return found === undefined ? pluginIn(error.cause) : pluginPath(found);
}
