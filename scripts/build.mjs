// Compiles src/ into dist/, only when a source or a setting has changed since the last time: `node scripts/build.mjs`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs'];

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

/** Removes what was compiled from sources that are no longer there. */
function removeOrphans(dist, sources) {
  const kept = new Set(sources.map((source) => source.replace(/\.ts$/, '')));
  for (const file of filesIn(dist)) {
    const [, stem] = /^(.+?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file) ?? [];
    if (stem !== undefined && !kept.has(stem)) rmSync(join(dist, file));
  }
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
export function build(root = checkout) {
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
  removeOrphans(dist, sources);
  nameTensors(dist);
  writeFileSync(stamp, fingerprint);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build();
  } catch (error) {
    console.error(`fewstep: ${error.message}`);
    process.exitCode = 1;
  }
}
