/**
 * Compiles the sources for a run of the tests, module by module, so that threads and processes that tests start load them as
 * quickly as those of the built package: through a loader each of them would compile hundreds of files.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Folders beside src/, so that paths from one to the other folders of the project hold in both; another run may read an older one. */
const prefix = '.compiled-';
const DAY = 24 * 3600 * 1000;

interface Source {
  readonly file: string;
  readonly text: string;
}

async function sourcesIn(folder: string): Promise<Source[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts')).sort();
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') })));
}

/** Writes all modules into a folder that is whole or absent. */
async function compileInto(folder: string, sources: readonly Source[]): Promise<void> {
  const half = `${folder}.${process.pid}.tmp`;
  const compile = async ({ file, text }: Source): Promise<void> => {
    const sourcefile = join(root, 'src', file);
    const { code } = await transform(text, { loader: 'ts', target: 'node20', sourcemap: 'inline', sourcefile });
    const path = join(half, file.replace(/\.ts$/, '.js'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code.replace(/((?:\bfrom|\bimport)\s*\(?\s*["']\.{1,2}\/[^"']+)\.ts(["'])/g, '$1.js$2'));
  };
  await Promise.all(sources.map(compile));
  await rename(half, folder).catch(async (error) => {
    await rm(half, { recursive: true });
    if (!existsSync(folder)) throw error; // else another run was quicker
  });
}

/** Removes what no run has asked for in a day. */
async function removeOld(): Promise<void> {
  for (const name of (await readdir(root)).filter((each) => each.startsWith(prefix)))
    if (Date.now() - (await stat(join(root, name))).mtimeMs > DAY) await rm(join(root, name), { recursive: true });
}

/** Tells threads and processes where the compiled modules are (`FEWSTEP_COMPILED`). */
export async function setup(): Promise<void> {
  const sources = await sourcesIn(join(root, 'src'));
  const hash = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const folder = join(root, `${prefix}${hash}`);
  if (!existsSync(folder)) await compileInto(folder, sources);
  await utimes(folder, new Date(), new Date());
  await removeOld();
  process.env.FEWSTEP_COMPILED = folder;
}
