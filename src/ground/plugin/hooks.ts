/** Hooks of Node's module loader, which run in a thread of their own: what a plug-in imports, and its TypeScript. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { javascriptOf } from './typescript.ts';

/** What the hooks are told: the files of a plug-in. */
export interface HookData {
  readonly urls: readonly string[];
}

interface ResolveContext {
  readonly parentURL?: string;
}

type Next<Context, Result> = (specifier: string, context: Context) => Result;

/** Packages of which there is one: the running one's. Two of tfjs would not know each other's tensors. */
const shared = /^(fewstep|@tensorflow\/tfjs|zod)(\/|$)/;

const own = new Set<string>();

/** Takes the files of one more plug-in. */
export function initialize({ urls }: HookData): void {
  for (const url of urls) own.add(url);
}

/** A plug-in's import of a shared package is resolved as one of this file's. */
export function resolve<Result>(
  specifier: string,
  context: ResolveContext,
  next: Next<ResolveContext, Result>,
): Result {
  const isShared = shared.test(specifier) && own.has(context.parentURL ?? '');
  return next(specifier, isShared ? { ...context, parentURL: import.meta.url } : context);
}

/** A plug-in's TypeScript is read as the JavaScript that it stands for. */
export async function load<Context, Result>(
  url: string,
  context: Context,
  next: Next<Context, Result>,
): Promise<unknown> {
  if (!own.has(url) || !/\.m?ts$/.test(url)) return next(url, context);
  const path = fileURLToPath(url);
  return { format: 'module', source: await javascriptOf(await readFile(path, 'utf8'), path), shortCircuit: true };
}
