import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readNpy } from '../../src/ground/file/npy.ts';
import { readSafetensors } from '../../src/ground/file/safetensors.ts';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const fixture = (name: string): string => at(`../fixtures/dots-tts-${name}.safetensors`);
const clone = inject('smoke').folder;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-dots-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a program in the folder; gives what it printed. */
function run(program: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: 'utf8' });
  expect(status, stderr + stdout).toBe(0);
  return stdout;
}

const python = (script: string, ...words: string[]): string => run('/usr/bin/python3', at(script), ...words);
const fewstep = (...words: string[]): string =>
  execFileSync(process.execPath, [join(clone, 'dist/command-line/main.js'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });

/** Exports a golden case of dots.tts and imports it as a teacher of that name. */
function imported(name: string, ...words: string[]): void {
  mkdirSync(join(folder, name));
  python('make_dots.py', name, fixture(`${name}.weights`), fixture(`${name}.sample`), ...words);
  fewstep('teacher', 'import', join(name, 'head.onnx'), '--family', 'onnx', '--name', name);
}

/** The largest difference of what `apply` gives of a golden run to its numbers, relative to the largest of these. */
async function difference(name: string, golden: string, output: 'x' | 'out', ...words: string[]): Promise<number> {
  const out = join(folder, `${golden}.safetensors`);
  fewstep('apply', join('teachers', name), '--inputs', join(name, golden), '--out', out, ...words);
  const found = (await readSafetensors(out))[output]?.data ?? [];
  const { data: wanted } = await readNpy(join(folder, name, `${golden}-golden`, `${output}.npy`));
  expect(found.length).toBe(wanted.length);
  const worst = Math.max(...Array.from(wanted, (value, i) => Math.abs(Number(value) - Number(found[i]))));
  return worst / Math.max(...Array.from(wanted, (value) => Math.abs(Number(value))));
}

it('the patch network of dots.tts comes as ONNX, gives its original numbers, and a distilled one takes its place', async () => {
  imported('a', '2048');
  for (const steps of ['10cfg', '4cfg', '4']) {
    const words = ['--output', 'trajectory', '--steps', String(Number.parseInt(steps, 10))];
    expect(await difference('a', `euler${steps}`, 'x', ...words), steps).toBeLessThan(3e-6);
  }
  fewstep('data', 'check', 'a/capture', '--guidance', '2.2');
  const recipe = [
    ...['name=dots', 'teacher={kind: imported, path: teachers/a}', 'data={kind: capture, path: a/capture}'],
    ...['guidance=2.2', 'trajectories={contexts: 1536, draws: 2, solver: euler, steps: 16, keep: 8}'],
    'students=[{name: straight, method: rectified-flow, signature: original, training: {steps: 250, batch: 128, learningRate: 1.5e-3}}]',
    'evaluation={guidance: 2.2, steps: [1, 2], teacher: {solver: euler, steps: 16}, solvers: [euler], searchTimes: false, samples: 256, latencyBatches: [1]}',
  ];
  const base = join(clone, 'recipes/nextstep-capture.yaml');
  fewstep('run', base, '--quiet', ...recipe.flatMap((text) => ['--set', text]));
  fewstep('export', join('runs', readdirSync(join(folder, 'runs')).join()), '--to', 'original', '--quiet');
  process.stdout.write(python('check_dots.py', fixture('a.weights'), join('students', 'dots', 'straight'), '1.2'));
}, 600_000);

it('so does that of a MeanFlow checkpoint, a head between two times', async () => {
  imported('b');
  for (const golden of ['mf4', 'mf2', 'mf1']) expect(await difference('b', golden, 'out'), golden).toBeLessThan(3e-6);
}, 120_000);
