import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../scripts/build.mjs';

let root = '';
const at = (path: string): string => join(root, path);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fewstep-build-'));
  await mkdir(at('src'));
  await symlink(resolve('node_modules'), at('node_modules'));
  const options = {
    outDir: 'dist',
    rootDir: 'src',
    incremental: true,
    declaration: true,
    module: 'nodenext',
    tsBuildInfoFile: 'dist/.tsbuildinfo',
    types: [],
    lib: ['es5'],
    skipLibCheck: true,
  };
  await writeFile(at('tsconfig.build.json'), JSON.stringify({ compilerOptions: options, include: ['src'] }));
  await writeFile(at('src/kept.ts'), 'export const kept = 1;\n');
  await writeFile(at('src/gone.ts'), 'export const gone = 1;\n');
  await mkdir(at('src/deep'));
  await writeFile(
    at('src/deep/tensor.ts'),
    "import type * as tf from '@tensorflow/tfjs';\nexport type T = tf.Tensor;\n",
  );
});
afterAll(() => rm(root, { recursive: true }));

test('the build compiles when sources have changed, and only then', async () => {
  expect([build(root), build(root)]).toEqual([true, false]);
  await writeFile(at('src/kept.ts'), 'export const kept = 2;\n');
  expect([build(root), build(root)]).toEqual([true, false]);
  expect(await readFile(at('dist/kept.js'), 'utf8')).toContain('kept = 2');
});

test('the declarations of the build do not load those of tfjs', async () => {
  expect(await readFile(at('dist/deep/tensor.d.ts'), 'utf8')).toMatch(
    /^import type \* as tf from '\.\.\/\.\.\/types\/tensors\.js';$/m,
  );
});

test('the build takes out what was compiled from a source that is gone', async () => {
  await rm(at('src/gone.ts'));
  expect([build(root), build(root)]).toEqual([true, false]);
  expect([existsSync(at('dist/gone.js')), existsSync(at('dist/kept.js'))]).toEqual([false, true]);
});

test('the build fails until the sources compile', async () => {
  await writeFile(at('src/wrong.ts'), 'export const wrong: string = 1;\n');
  for (const _ of [1, 2]) expect(() => build(root)).toThrow('the sources do not compile');
  await rm(at('src/wrong.ts'));
  expect(build(root)).toBe(true);
  expect(existsSync(at('dist/wrong.js'))).toBe(false);
});
