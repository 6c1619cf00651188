import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../../../src/command-line/progress.ts';
import {
  type BundleRequest,
  type WrittenBundle,
  writeWebBundle,
} from '../../../../src/distillation/export/web/bundle.ts';
import { bundleFacts } from '../../../../src/distillation/export/web/facts.ts';
import { installedRuntime, runtimeFiles } from '../../../../src/distillation/export/web/runtime-files.ts';
import { readStudent, writeStudent } from '../../../../src/distillation/student/file.ts';
import { readStage } from '../../../../src/ground/file/manifest.ts';
import { type WebRun, webRun } from '../../../web-run.ts';

let folder = '';
let run: WebRun;
const at = (name: string): string => join(folder, name);
const write = (place: string, given: Partial<BundleRequest> = {}): Promise<WrittenBundle> => {
  const { recipe, requests: students } = run;
  const runtime = undefined;
  return writeWebBundle({ recipe, hash: 'abcd', students, folder: at(place), runtime, ...given }, silentProgress);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-bundle-'));
  run = await webRun(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const files = [
  ...[
    'LICENSE',
    'README.md',
    'generate.d.ts',
    'generate.js',
    'index.html',
    'manifest.json',
    'map-1.onnx',
    'map-3.onnx',
  ],
  ...['model.json', 'noisy-1.onnx', 'noisy-3.onnx', 'page.css', 'page.js', 'prefill.onnx', 'step.onnx'],
];

describe('a web bundle', () => {
  it('has programs, module, page and a manifest that knows each of them', async () => {
    const { difference, files: written } = await write('whole');
    expect((await readdir(at('whole'))).sort()).toEqual([...files].sort());
    expect(difference).toBeLessThan(1e-5);
    const stage = await readStage(at('whole'), bundleFacts, { verify: true });
    expect(stage?.files.map(({ path, bytes }) => [path, bytes]).sort()).toEqual(Object.entries(written).sort());
    expect(stage?.facts).toMatchObject({
      recipe: { name: 'small', hash: 'abcd' },
      data: { title: 'MNIST' },
      students: [
        { name: 'map', method: 'trajectory', steps: [1, 3] },
        { name: 'noisy', method: 'consistency', steps: [1, 3] },
      ],
    });
    const page = await readFile(join(at('whole'), 'index.html'), 'utf8');
    expect(page).not.toMatch(/https?:/);
    expect((await stat(at('whole'))).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  it('says in its README how it is shown, and where the runtime goes that was not there', async () => {
    await write('told');
    const text = await readFile(join(at('told'), 'README.md'), 'utf8');
    expect(text).toContain('model.generate({ prompt: "zero", seed: 1 })');
    expect(text).toContain(`copy ${runtimeFiles.join(', ')}`);
    expect(text).toContain('- noisy (consistency): 1, 3 steps');
  });

  it('holds the onnxruntime-web that is installed, with its licence', async () => {
    const runtime = await installedRuntime();
    await write('runtime', { runtime });
    expect((await readdir(join(at('runtime'), 'ort'))).sort()).toEqual([...runtimeFiles, 'LICENSE'].sort());
    const { facts } = (await readStage(at('runtime'), bundleFacts)) ?? {};
    expect(facts?.versions.onnxruntimeWeb).toBe(runtime?.version);
    expect(await readFile(join(at('runtime'), 'README.md'), 'utf8')).toContain(
      `onnxruntime-web ${runtime?.version}: MIT`,
    );
    expect(await installedRuntime([join(folder, 'package.json')])).toBeUndefined();
  });

  it('has a module of one file, whose declarations stand alone in a strict project', async () => {
    await write('module');
    const source = await readFile(join(at('module'), 'generate.js'), 'utf8');
    expect(source.match(/^import .*|from '.*'|require\(/gm)).toBeNull();
    expect(Object.keys(await import(pathToFileURL(join(at('module'), 'generate.js')).href)).sort()).toEqual([
      'load',
      'toRgba',
    ]);
    const program = `import { load } from './generate.js';
      import type * as web from 'onnxruntime-web';
      declare const ort: typeof web;
      const model = await load('.', { ort });
      export const pixels: Uint8ClampedArray | undefined = (await model.generate({ prompt: 'one' }))[0]?.pixels;`;
    const types = at('types');
    await mkdir(types);
    await symlink(resolve('node_modules'), join(types, 'node_modules'));
    await copyFile(join(at('module'), 'generate.d.ts'), join(types, 'generate.d.ts'));
    await writeFile(join(types, 'program.ts'), program);
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--ignoreConfig', '--skipLibCheck'];
    const target = ['--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022'];
    const compiler = resolve('node_modules/typescript/bin/tsc');
    const words = [compiler, ...strict, ...target, 'program.ts'];
    expect(spawnSync(process.execPath, words, { cwd: types, encoding: 'utf8' }).stdout).toBe('');
  });
});

describe('where a bundle is written', () => {
  it('a bundle is replaced whole', async () => {
    await write('again');
    await write('again', { students: run.requests.slice(0, 1) });
    expect((await readdir(at('again'))).filter((name) => name.startsWith('noisy'))).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith('.again'))).toEqual([]);
  });

  it('a folder that holds anything else is left alone', async () => {
    await mkdir(at('others'));
    await writeFile(join(at('others'), 'notes.txt'), 'mine');
    await write('more');
    await writeFile(join(at('more'), 'notes.txt'), 'mine');
    await write('damaged');
    await writeFile(join(at('damaged'), 'model.json'), '{}');
    await expect(write('others')).rejects.toThrow(
      `${at('others')}: expected a new or empty folder, or a web bundle to replace; found notes.txt`,
    );
    await expect(write('more')).rejects.toThrow('; found notes.txt');
    await expect(write('damaged')).rejects.toThrow("is another's or damaged, and is left alone");
    expect(await readFile(join(at('more'), 'notes.txt'), 'utf8')).toBe('mine');
    expect(await readFile(join(at('damaged'), 'model.json'), 'utf8')).toBe('{}');
  });

  it('what was there stays where a student is another teacher’s', async () => {
    await write('kept');
    const [first] = run.requests;
    const path = at('other.safetensors');
    const student = await readStudent(first?.path ?? '');
    await writeStudent(path, { ...student, metadata: { ...student.metadata, teacher: 'f00d' } });
    const students = [{ name: 'map', path, steps: [1] }];
    await expect(write('kept', { students })).rejects.toThrow(
      /other\.safetensors: expected a student of the recipe's teacher [0-9a-f]{64}, got one of f00d/,
    );
    expect((await readdir(at('kept'))).length).toBe(files.length);
    expect(dirname(path)).toBe(folder);
  });
});
