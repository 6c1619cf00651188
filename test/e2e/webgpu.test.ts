import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Debian's chromium ships a Vulkan driver in software and the loader for it. */
const chromium = '/usr/lib/chromium';
const driver = `${chromium}/vk_swiftshader_icd.json`;

const env = { ...process.env, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: chromium };
const execute = promisify(execFile);

/** What a program of this folder prints last, as JSON. */
async function printed(program: URL) {
  const { stdout } = await execute(process.execPath, ['--import', 'tsx', fileURLToPath(program)], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fewstep-webgpu-'));
  cpSync('recipes/smoke.yaml', join(folder, 'smoke.yaml'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The rows of a whole run of a small recipe on a provider, by name and steps. */
async function rowsOn(provider: string): Promise<Record<string, number>> {
  const sets = [
    ...[`name=${provider}`, `engine.provider=${provider}`, 'students[0].training.steps=24', 'evaluation.samples=512'],
    ...[
      'students[0].head={width: 32, depth: 1}',
      'trajectories={contexts: 64, draws: 4, solver: heun, steps: 4, keep: 4}',
      'students[0].training.batch=128',
    ],
    ...['evaluation.teacher={solver: heun, steps: 4}', 'evaluation.solvers=[euler]', 'evaluation.steps=[1, 2]'],
    'evaluation.searchTimes=false',
  ];
  const words = ['run', 'smoke.yaml', '--quiet', ...sets.flatMap((set) => ['--set', set])];
  await execute(process.execPath, [resolve('scripts/fewstep.mjs'), ...words], { cwd: folder, env });
  const run = readdirSync(join(folder, 'runs')).find((name) => name.startsWith(provider)) ?? '';
  const { rows } = JSON.parse(readFileSync(join(folder, 'runs', run, 'evaluation.json'), 'utf8'));
  return Object.fromEntries(
    rows.map(({ name, steps, quality }: { name: string; steps: number; quality: { fd: { value: number } } }) => [
      `${name} ${steps}`,
      quality.fd.value,
    ]),
  );
}

describe.skipIf(!existsSync(driver))('on WebGPU', () => {
  it('a training step gives the losses and gradients of the cpu', async () => {
    const result = await printed(new URL('./webgpu-step.ts', import.meta.url));
    expect(result.probe).toEqual({ provider: 'webgpu', usable: true });
    expect(Math.abs(result.webgpu / result.cpu - 1)).toBeLessThan(1e-4);
    expect(result.count).toBeGreaterThan(10_000);
    expect(result.difference).toBeLessThan(1e-3);
  });

  it('a training in its memory, interrupted once, gives the log and the weights of the cpu', async () => {
    const result = await printed(new URL('./webgpu-training.ts', import.meta.url));
    for (const optimizer of ['adamw', 'muon']) {
      const { cpu, webgpu, difference } = result[optimizer];
      expect(difference).toBeGreaterThan(0); // it was another machine
      expect(difference).toBeLessThan(2e-4);
      expect(webgpu).toHaveLength(4);
      for (const [place, line] of webgpu.entries())
        for (const [name, value] of Object.entries(cpu[place]))
          expect([name, line[name]]).toEqual([name, expect.closeTo(value as number, 3)]);
    }
  });

  it('a whole run gives the rows of the cpu', async () => {
    const [cpu, webgpu] = [await rowsOn('cpu'), await rowsOn('webgpu')];
    expect(Object.keys(webgpu)).toEqual(Object.keys(cpu));
    expect(Object.keys(cpu).length).toBeGreaterThan(4);
    for (const [row, distance] of Object.entries(cpu))
      expect([row, webgpu[row]]).toEqual([row, expect.closeTo(distance, 2)]);
  });
});

if (!existsSync(driver)) console.warn(`skipped: WebGPU, ${driver} is not there (apt-get install chromium libvulkan1)`);
