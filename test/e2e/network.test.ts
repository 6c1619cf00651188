import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { writeSafetensors } from '../../src/ground/file/safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-network-'));
  await copyFile(join(inject('smoke').folder, 'recipes', 'smoke.yaml'), join(folder, 'smoke.yaml'));
  const rows = (columns: number) => ({ shape: [2, columns], data: new Float32Array(2 * columns).fill(0.5) });
  const inputs = { noise: rows(4), c: rows(8), c_uncond: rows(8), w: { shape: [2], data: Float32Array.of(1, 2) } };
  await writeSafetensors(join(folder, 'inputs.safetensors'), inputs);
});
afterAll(() => rm(folder, { recursive: true }));

const words = {
  run: `run smoke.yaml --quiet --set trajectories.contexts=32 --set students[0].training.steps=20
    --set students[0].training.batch=64 --set evaluation.samples=256 --set evaluation.steps=[1]
    --set evaluation.solvers=[]`.split(/\s+/),
  apply: `apply students/smoke/trajectory/head.safetensors --inputs inputs.safetensors --out outputs.safetensors
    --output trajectory --steps 2`.split(/\s+/),
  export: 'export students/smoke/trajectory/head.safetensors --out exported'.split(' '),
};

/** Addresses that a process and its threads try to reach beyond this machine; each try fails here, so that none leaves. */
async function attempts(...command: readonly string[]): Promise<string[]> {
  const trace = join(folder, 'trace');
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  const calls = 'connect,sendto,sendmsg,sendmmsg';
  const strace = ['-f', '-qq', '-e', `trace=${calls}`, '-e', 'inject=connect:error=ENETUNREACH', '-o', trace];
  const { status, stderr } = spawnSync('strace', [...strace, process.execPath, ...command], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, HOME: folder, XDG_CACHE_HOME: join(folder, '.cache') },
  });
  expect(status, stderr).toBe(0);
  return (await readFile(trace, 'utf8'))
    .split('\n')
    .filter((line) => /AF_INET6?\b/.test(line) && !/"(127\.[\d.]+|::1)"/.test(line));
}

describe.runIf(process.platform === 'linux')('nothing leaves the machine', () => {
  it.each(Object.entries(words))('of fewstep %s', async (_, command) => {
    const main = join(inject('smoke').folder, 'dist', 'command-line', 'main.js');
    expect(await attempts(main, ...command)).toEqual([]);
    expect(existsSync(join(folder, '.cache'))).toBe(false);
  });

  it('unseen: a program that tries is noticed', async () => {
    const tries = "require('net').connect(9, '192.0.2.1').on('error', ({ code }) => process.stdout.write(code))";
    expect((await attempts('-e', tries)).join()).toContain('192.0.2.1');
  });
});
