import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/ground/file/npy.ts';

const scriptAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const clone = inject('smoke').folder;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-onnx-head-'));
});
afterAll(() => rm(folder, { recursive: true }));

function python(script: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [scriptAt(script), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(status, stderr + stdout).toBe(0);
  return stdout;
}

const fewstep = (...words: string[]): string =>
  execFileSync(process.execPath, [join(clone, 'dist/command-line/main.js'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });

const recipe = [
  ...['name=group', 'teacher={kind: imported, path: teachers/group}', 'data={kind: capture, path: capture}'],
  ...['guidance=2', 'trajectories={contexts: 24576, draws: 2, solver: euler, steps: 32, keep: 8}'],
  'students=[{name: trajectory, method: trajectory, training: {steps: 2500, batch: 512, learningRate: 2.0e-3}}]',
  'evaluation={guidance: 2, steps: [1, 2, 4], teacher: {solver: euler, steps: 32}, solvers: [euler], searchTimes: false, samples: 1024, latencyBatches: [1]}',
];

/** The tokens that node makes with the exported samplers of the inputs that Python wrote. */
async function sampledInNode(student: string): Promise<void> {
  const inputs = await Promise.all(
    ['noise', 'hidden', 'hidden_unconditional'].map(async (name) => {
      const { shape, data } = await readNpy(join(folder, `${name}.npy`));
      return [name, new Tensor('float32', data as Float32Array, [...shape])] as const;
    }),
  );
  const [, noise] = inputs[0] ?? [];
  const rows = noise?.dims[0] ?? 0;
  const guidance = new Tensor('float32', new Float32Array(rows).fill(2), [rows]);
  for (const [steps, file] of [
    [1, 'sampler-1.onnx'],
    [2, 'sampler-2.onnx'],
    [4, 'sampler.onnx'],
  ] as const) {
    const session = await InferenceSession.create(join(folder, student, file));
    const { sample } = await session.run({ ...Object.fromEntries(inputs), guidance });
    const shape = [...(sample?.dims ?? [])];
    await writeNpy(join(folder, `sampled-${steps}.npy`), { shape, data: sample?.data as Float32Array });
    await session.release();
  }
}

it('a head of no family comes from PyTorch as ONNX, is distilled, and goes back', async () => {
  python('train_group.py', folder, '1500', '2048');
  const told = ['--role', 'condition=hidden', '--times', '1,0', '--predicts', 'negative-velocity'];
  const said = fewstep('teacher', 'import', 'head.onnx', '--family', 'onnx', '--name', 'group', ...told);
  expect(said).toMatch(/token\s+sample \[rows, 2, 4\]/);
  fewstep('data', 'check', 'capture', '--guidance', '2');
  const base = join(clone, 'recipes/nextstep-capture.yaml');
  fewstep('run', base, '--quiet', ...recipe.flatMap((text) => ['--set', text]));
  const run = join('runs', readdirSync(join(folder, 'runs')).join());
  const student = join('students', 'group', 'trajectory');
  python('check_group.py', 'inputs', folder, student, '2');
  await sampledInNode(student);
  fewstep('export', run, '--to', 'original', '--quiet');
  const found = python('check_group.py', 'measure', folder, student, '2');
  expect(found.match(/^student, \d steps?: .+$/gm)).toHaveLength(3);
  process.stdout.write(found);
}, 1_200_000);
