import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../scripts/build.mjs';

const modules = {
  'index.ts':
    "export { kept } from './kept.ts';\nexport { told } from './told.ts';\n" +
    "export { address } from './deep/address.ts';\nexport { known } from './deep/tensor.ts';\n",
  'kept.ts': 'export const kept = 1;\n',
  'gone.ts': 'export const gone = 1;\n',
  'told.ts': "import './ground/telemetry.ts';\nexport { told } from 'telling';\n",
  'ground/telemetry.ts': "(globalThis as { told?: string }).told = 'before';\n",
  'deep/address.ts':
    'declare global {\n  interface ImportMeta {\n    url: string;\n  }\n}\nexport const address = import.meta.url;\n',
  'deep/address-worker.ts':
    "import { address } from './address.ts';\nconst worker = <T>(work: T): T => work;\nexport default worker(() => address);\n",
  'deep/tensor.ts':
    "import * as tf from '@tensorflow/tfjs';\nexport type T = tf.Tensor;\n" +
    "export const known = [tf.getGradient('Exp') !== undefined, 'sub' in tf.Tensor.prototype, 'sequential' in tf, tf.engine().backendNames().length];\n",
};
const options = {
  outDir: 'dist',
  rootDir: 'src',
  incremental: true,
  declaration: true,
  emitDeclarationOnly: true,
  rewriteRelativeImportExtensions: true,
  module: 'nodenext',
  tsBuildInfoFile: 'dist/.tsbuildinfo',
  types: [],
  paths: { telling: ['./telling.d.ts'] },
  lib: ['es5'],
  target: 'es2022',
  skipLibCheck: true,
};

let root = '';
const at = (path: string): string => join(root, path);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fewstep-build-'));
  const files = {
    'package.json': JSON.stringify({ type: 'module' }),
    'tsconfig.build.json': JSON.stringify({ compilerOptions: options, include: ['src'] }),
    'telling.d.ts': 'export declare const told: string | undefined;\n',
    'node_modules/telling/package.json': JSON.stringify({ name: 'telling', type: 'module', main: 'index.js' }),
    'node_modules/telling/index.js': 'export const told = globalThis.told;\n',
    ...Object.fromEntries(Object.entries(modules).map(([path, text]) => [`src/${path}`, text])),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), text);
  }
  for (const name of ['typescript', 'esbuild', '@tensorflow'])
    await symlink(resolve('node_modules', name), at(join('node_modules', name)));
});
afterAll(() => rm(root, { recursive: true }));

/** What a program of the build prints. */
const printed = (program: string): unknown =>
  JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' }));

test('the build compiles when sources have changed, and only then', async () => {
  expect([await build(root), await build(root)]).toEqual([true, false]);
  await writeFile(at('src/kept.ts'), 'export const kept = 2;\n');
  expect([await build(root), await build(root)]).toEqual([true, false]);
  expect(printed("import { kept } from './dist/index.js'; console.log(kept);")).toBe(2);
});

test('modules of a thread and of the library are files, what they share has the address of its own module', async () => {
  const program = "import library from './dist/deep/address-worker.js'; import { address } from './dist/index.js';";
  const address = expect.stringMatching(/\/fewstep-build-\w+\/dist\/deep\/address\.js$/);
  expect(printed(`${program} console.log(JSON.stringify([library(), address]));`)).toEqual([address, address]);
  expect(existsSync(at('dist/deep/address.js'))).toBe(false);
});

test('a package that a module imports after the telemetry is loaded after it', () => {
  expect(printed("import { told } from './dist/index.js'; console.log(JSON.stringify(told ?? null));")).toBe('before');
});

test('tfjs is its core with gradients, methods and licences, without layers and backends', async () => {
  const known = printed("import { known } from './dist/index.js'; console.log(JSON.stringify(known));");
  expect(known).toEqual([true, true, false, 0]);
  const notices = ['Licensed under the Apache License', 'Copyright 2019 David Bau'];
  for (const notice of notices) expect(await readFile(at('dist/tensors/core.js'), 'utf8')).toContain(notice);
});

test('the whole of tfjs can be loaded beside it, before or after', () => {
  const [own, whole] = [
    "const { known } = await import('./dist/index.js');",
    "const tf = await import('@tensorflow/tfjs');",
  ];
  for (const both of [own + whole, whole + own]) {
    const program = `${both} console.log(JSON.stringify([known[0], 'sequential' in tf]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      encoding: 'utf8',
    });
    expect([JSON.parse(stdout), stderr]).toEqual([[true, true], '']);
  }
});

test('the build takes out what sources no longer are, but keeps for some builds what programs that run may still load', async () => {
  const shared = async (): Promise<readonly string[]> =>
    (await readdir(at('dist/shared'))).filter((name) => name.endsWith('.js'));
  const before = await shared();
  await rm(at('src/gone.ts'));
  for (const times of [1, 2, 3, 4]) {
    expect((await shared()).length).toBe(times);
    const changed = `String(import.meta.url) + '${times}'`;
    await writeFile(at('src/deep/address.ts'), modules['deep/address.ts'].replace('import.meta.url', changed));
    await build(root);
  }
  expect(await shared()).toHaveLength(4);
  expect(await shared()).not.toContain(before[0]);
  expect([existsSync(at('dist/gone.d.ts')), existsSync(at('dist/kept.d.ts'))]).toEqual([false, true]);
});

test('the declarations of the build do not load those of tfjs', async () => {
  expect(await readFile(at('dist/deep/tensor.d.ts'), 'utf8')).toMatch(
    /^import \* as tf from '\.\.\/\.\.\/types\/tensors\.js';$/m,
  );
});

test('the build fails until the sources compile', async () => {
  await writeFile(at('src/wrong.ts'), 'export const wrong: string = 1;\n');
  for (const _ of [1, 2]) await expect(build(root)).rejects.toThrow('the sources do not compile');
  await rm(at('src/wrong.ts'));
  expect(await build(root)).toBe(true);
  expect(existsSync(at('dist/wrong.d.ts'))).toBe(false);
});
