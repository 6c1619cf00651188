// Compiles src/ into dist/, only when a source or a setting has changed since the last time: `node scripts/build.mjs`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('..', import.meta.url));
/** Modules for browsers, which are one file each: their entries in src/, the types that these pass on, and their places in dist/. */
const browserModules = [
  { entry: 'distillation/export/web/generate', types: 'distillation/export/web/types', place: 'web/generate' },
];

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

/** Puts each module for browsers into one file, its own sources in it, and its declarations beside it. */
function bundleForBrowsers(root, sources) {
  const { buildSync } = createRequire(import.meta.url)('esbuild'); // when the compiler is known to be installed
  for (const { entry, types, place } of browserModules) {
    if (!sources.includes(join(...`${entry}.ts`.split('/')))) continue;
    const [dist, licence] = [join(root, 'dist'), '/*! Part of fewstep. Licence: Apache-2.0 */'];
    buildSync({
      entryPoints: [join(root, 'src', `${entry}.ts`)],
      outfile: join(dist, `${place}.js`),
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      banner: { js: licence },
      logLevel: 'warning',
    });
    const declared = [types, entry].map((name) => readFileSync(join(dist, `${name}.d.ts`), 'utf8')).join('');
    const passing = /^(?:import|export) type .* from '\.\/.*';\n|^\/\/# sourceMappingURL=.*\n?/gm;
    writeFileSync(join(dist, `${place}.d.ts`), `${licence}\n${declared.replace(passing, '')}`);
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
  bundleForBrowsers(root, sources);
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
