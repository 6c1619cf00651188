import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Debian's chromium ships a Vulkan driver in software and the loader for it. */
const chromium = '/usr/lib/chromium';
const driver = `${chromium}/vk_swiftshader_icd.json`;

const step = fileURLToPath(new URL('./webgpu-step.ts', import.meta.url));

test('a training step on WebGPU gives the losses and gradients of the cpu', { skip: !existsSync(driver) }, async () => {
  const env = { ...process.env, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: chromium };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', step], {
    env,
  });
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(result.probe).toEqual({ provider: 'webgpu', usable: true });
  expect(Math.abs(result.webgpu / result.cpu - 1)).toBeLessThan(1e-4);
  expect(result.count).toBeGreaterThan(10_000);
  expect(result.difference).toBeLessThan(1e-3);
});

if (!existsSync(driver)) console.warn(`skipped: WebGPU, ${driver} is not there (apt-get install chromium libvulkan1)`);
