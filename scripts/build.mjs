// Compiles src/ into dist/, only when a source or a setting has changed since the last time: `node scripts/build.mjs`;
// `--clean` takes out what former builds have left in dist/, too.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, sharedFolder } from './bundle.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const settings = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/bundle.mjs',
];

/** The files under a folder, paths relative to it, sorted. */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** SHA-256 of the names and contents of all that decides what is compiled. */
function fingerprintOf(root, sources) {
  const hash = createHash('sha256');
  for (const path of [...settings, ...sources.map((source) => join('src', source))]) {
    if (!existsSync(join(root, path))) continue;
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Of how many builds files are kept, for programs that run since then and may still load them. */
const KEPT = 4;

/** Where it is written what the last builds have made, the newest first. */
const listOf = (dist) => join(dist, '.made.json');
const madeIn = (dist) => (existsSync(listOf(dist)) ? JSON.parse(readFileSync(listOf(dist), 'utf8')) : []);

/** Removes what was made of sources that are no longer there, or were bundled otherwise so many builds ago. */
function removeOrphans(dist, builds = KEPT) {
  const [now = [], ...before] = madeIn(dist).slice(0, builds);
  const shared = before.flat().filter((file) => dirname(file) === sharedFolder);
  const kept = new Set([...now, ...shared]);
  for (const file of filesIn(dist))
    if (/\.(?:ts|js)(?:\.map)?$/.test(file) && !kept.has(file)) rmSync(join(dist, file));
  writeFileSync(listOf(dist), JSON.stringify([now, ...before]));
}

/** Lets the declarations name tensors by types/tensors.d.ts, which loads tfjs's declarations only where they are asked for. */
function nameTensors(dist) {
  for (const file of filesIn(dist).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(dist, file), 'utf8');
    const up = '../'.repeat(file.split(sep).length);
    const named = text.replaceAll("from '@tensorflow/tfjs'", `from '${up}types/tensors.js'`);
    if (named !== text) writeFileSync(join(dist, file), named);
  }
}

/** Makes dist/ that of the sources; gives whether it had to compile. Throws where they do not compile. */
export async function build(root = checkout) {
  const [dist, src] = [join(root, 'dist'), join(root, 'src')];
  const stamp = join(dist, '.sources');
  const sources = filesIn(src);
  const fingerprint = fingerprintOf(root, sources);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return false;
  rmSync(stamp, { force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(compiler)) throw new Error('the compiler is not installed; run `npm ci` first');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('the sources do not compile');
  nameTensors(dist);
  const declarations = sources.flatMap((source) => ['', '.map'].map((end) => source.replace(/\.ts$/, `.d.ts${end}`)));
  const made = [...declarations, ...(await bundle(root, sources))];
  writeFileSync(listOf(dist), JSON.stringify([made, ...madeIn(dist)]));
  removeOrphans(dist);
  writeFileSync(stamp, fingerprint);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
    if (process.argv.includes('--clean')) removeOrphans(join(checkout, 'dist'), 1);
  } catch (error) {
    console.error(`fewstep: ${error.message}`);
    process.exitCode = 1;
  }
}
