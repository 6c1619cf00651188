/**
 * Bundles the sources for a run of the tests as the build does, so that threads and processes that tests start load what ships, and
 * as quickly: through a loader each of them would compile hundreds of files.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '../scripts/bundle.mjs';

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
  await bundleForNode(
    root,
    sources.map(({ file }) => file),
    half,
  );
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
  const bundler = await readFile(join(root, 'scripts/bundle.mjs'), 'utf8');
  const hash = createHash('sha256')
    .update(JSON.stringify([bundler, sources]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(root, `${prefix}${hash}`);
  if (!existsSync(folder)) await compileInto(folder, sources);
  await utimes(folder, new Date(), new Date());
  await removeOld();
  process.env.FEWSTEP_COMPILED = folder;
}
