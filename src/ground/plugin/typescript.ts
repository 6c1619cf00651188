import nodeModule, { createRequire } from 'node:module';
import { join } from 'node:path';
import { PluginError } from '../errors.ts';

/** The part of the package `typescript` that turns a file into JavaScript. */
interface Compiler {
  readonly transpileModule: (
    text: string,
    options: { readonly compilerOptions: Readonly<Record<string, unknown>>; readonly fileName: string },
  ) => { readonly outputText: string };
}

/** Node's own, from 22.13 on: types become blanks, so that lines and columns stay. */
type StripTypes = (text: string, options: { readonly sourceUrl: string }) => string;

/**
 * The JavaScript of a TypeScript file: by Node where it can (22.13 on), else by the package `typescript` beside the file, in
 * the working folder or beside this one. It is no dependency, as who writes TypeScript has it. Throws PluginError.
 */
export async function javascriptOf(text: string, path: string): Promise<string> {
  const strip: unknown = Reflect.get(nodeModule, 'stripTypeScriptTypes');
  if (typeof strip === 'function') return (strip as StripTypes)(text, { sourceUrl: path });
  const compiler = typescriptFor(path, [path, join(process.cwd(), 'x'), import.meta.url]);
  const compilerOptions = { module: 'esnext', target: 'es2022', verbatimModuleSyntax: true, inlineSourceMap: true };
  return compiler.transpileModule(text, { compilerOptions, fileName: path }).outputText;
}

/** The compiler that one of some files would import. Throws PluginError where none has one. */
export function typescriptFor(path: string, importers: readonly string[]): Compiler {
  for (const importer of importers) {
    try {
      return createRequire(importer)('typescript') as Compiler;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) throw error;
    }
  }
  throw new PluginError(
    `${path}: Node ${process.versions.node} does not read TypeScript: expected \`npm install typescript\` beside it, Node 22.13 or newer, or the plug-in compiled to .mjs`,
  );
}
