import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { smallRecipeText } from '../small-recipe.ts';

const compiler = resolve('node_modules/typescript/bin/tsc');
let folder = '';
const at = (path: string): string => join(folder, path);
const installed = (path: string): string => join(folder, 'node_modules/fewstep', path);
const run = (cwd: string, command: string, ...words: string[]) => spawnSync(command, words, { cwd, encoding: 'utf8' });

/** Packs the fresh clone and installs the package into an empty folder. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fewstep-package-'));
  const clone = inject('smoke').folder;
  execFileSync('npm', ['run', '--silent', 'pack'], { cwd: clone, stdio: 'ignore' });
  const packed = readdirSync(clone).find((name) => name.endsWith('.tgz')) ?? 'none';
  writeFileSync(at('package.json'), '{ "private": true, "type": "module" }');
  execFileSync('npm', ['install', '--silent', '--ignore-scripts', join(clone, packed)], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Checks a program's types as a strict project does; gives what the compiler complains of. */
function complaints(program: string, ...options: string[]): string {
  writeFileSync(at('program.ts'), program);
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--noEmit',
    '--ignoreConfig',
  ];
  const target = ['--module', 'nodenext', '--target', 'es2022'];
  return run(folder, process.execPath, compiler, ...strict, ...target, ...options, 'program.ts').stdout;
}

describe('the package, packed and installed into an empty folder', () => {
  it('is not packed past the build', () => {
    const { status, stderr } = run(inject('smoke').folder, 'npm', 'pack', '--loglevel', 'error');
    expect(status).not.toBe(0);
    expect(stderr).toContain('use-npm-run-pack');
  });

  it('runs a small recipe of its own, and the shipped ones from where they are', () => {
    writeFileSync(at('small.yaml'), smallRecipeText);
    const small = run(folder, 'npx', 'fewstep', 'run', 'small.yaml', '--quiet');
    expect(small.stderr).toBe('');
    expect(small.stdout).toMatch(/\nStudents {2}students\/small\n$/);
    const shipped = run(
      folder,
      'npx',
      'fewstep',
      'run',
      'node_modules/fewstep/recipes/digits.yaml',
      '--dry-run',
      '--json',
    );
    const { teacher, evaluation } = JSON.parse(shipped.stdout).recipe;
    for (const path of [teacher.path, evaluation.features])
      expect(existsSync(at(join(path, 'weights.safetensors')))).toBe(true);
  });

  it('has types that a strict project needs no skipLibCheck for', () => {
    const program = `import { distill, loadRecipe, methods, type Progress } from 'fewstep';
      const progress: Progress = { stage: () => ({ advance() {}, done() {} }) };
      const { verdict } = await distill(await loadRecipe('distill', 'small.yaml'), { progress, command: 'x' });
      export const text: string = verdict + Object.keys(methods).join();`;
    expect(complaints(program)).toBe('');
    expect(complaints(program.replace('text: string', 'text: number'))).toContain('TS2322');
  });

  it('has tensors of tfjs for programs that ask for them', () => {
    const program = `import type {} from 'fewstep/tfjs';
      import * as tf from '@tensorflow/tfjs';
      import { compile, cpuEngine } from 'fewstep';
      export const made = compile(({ x }) => ({ y: tf.add(x ?? 0, 1) }), { x: { shape: [1] } }, { engine: cpuEngine(1) });`;
    expect(complaints(program, '--skipLibCheck')).toBe('');
  });

  it('runs the library’s program: a teacher of one’s own, a student, what it kept, ONNX', () => {
    copyFileSync(installed('docs/library/own-teacher.mjs'), at('own-teacher.mjs'));
    const { stdout, stderr, status } = run(folder, process.execPath, 'own-teacher.mjs', 'mine');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^teacher, again +-?0\.\d{4} \[-?0\.\d{4}, 0\.\d{4}\]\nstudent, 1 steps/);
    const { floor, students, solvers } = JSON.parse(readFileSync(at('mine/evaluation.json'), 'utf8'));
    expect(students.map(({ steps }: { steps: number }) => steps)).toEqual([1, 2, 4]);
    for (const { energyDistance } of students) {
      expect(energyDistance.low).toBeLessThan(floor.high); // not told apart from the teacher
      expect(energyDistance.value).toBeLessThan(0.2 * solvers[0].energyDistance.value); // Euler's single step
    }
    for (const file of ['head.onnx', 'sampler-1.onnx', 'sampler-2.onnx', 'sampler.onnx'])
      expect(existsSync(at(join('mine/export', file))), file).toBe(true);
    copyFileSync(installed('docs/library/sample.mjs'), at('sample.mjs'));
    const sampled = run(folder, process.execPath, 'sample.mjs', 'mine/export');
    expect([sampled.stderr, sampled.status]).toEqual(['', 0]);
    expect(sampled.stdout).toMatch(/^(-?\d+\.\d{3}( |\n))+$/);
  });

  it('runs plug-ins of a folder that has no packages of its own, with one tfjs', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'fewstep-elsewhere-'));
    cpSync(installed('docs/plugins'), elsewhere, { recursive: true });
    const sets = ['trajectories.contexts=32', 'trajectories.shardRows=16', 'students[0].training.steps=8'];
    const words = ['distill', join(elsewhere, 'head.yaml'), ...sets.flatMap((set) => ['--set', set]), '--quiet'];
    const refused = run(folder, 'npx', 'fewstep', ...words);
    const { stdout, stderr } = run(folder, 'npx', 'fewstep', ...words, '--allow-plugins');
    rmSync(elsewhere, { recursive: true });
    expect(refused.status).toBe(3);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/regression .* 8 /);
  });

  it('has source maps that lead to shipped sources', () => {
    const maps = readdirSync(installed('dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.map'),
    );
    const sources = maps.flatMap((map) => {
      const folder = dirname(installed(join('dist', map)));
      const { sources: named }: { sources: string[] } = JSON.parse(readFileSync(join(folder, basename(map)), 'utf8'));
      return named.map((source) => join(folder, source));
    });
    for (const source of ['src/command-line/main.ts', 'src/index.ts', 'src/engine/training/step.ts'])
      expect(sources).toContain(installed(source));
    expect(sources.filter((source) => !source.startsWith(installed('src')) || !existsSync(source))).toEqual([]);
  });
});
