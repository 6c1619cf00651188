import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, FileError } from '../../src/errors.ts';
import { lock } from '../../src/file/lock.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Another process that tries to hold the lock; `answer` is what it says. */
async function rival(): Promise<{ child: ChildProcess; answer: string }> {
  const script = fileURLToPath(new URL('./hold-lock.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [answer] = await once(child.stdout, 'data');
  return { child, answer: String(answer).trim() };
}

const rewrite = async (change: Record<string, unknown>) => {
  const holder = JSON.parse(await readFile(join(folder, '.lock'), 'utf8'));
  await writeFile(join(folder, '.lock'), JSON.stringify({ ...holder, ...change }));
};

describe('lock', () => {
  it('lets one in at a time, says who is in, and leaves nothing when released', async () => {
    const release = await lock(folder);
    const second = lock(folder);
    await expect(second).rejects.toThrow(BusyError);
    await expect(second).rejects.toThrow(
      new RegExp(`^${folder}: process ${process.pid} on ${hostname()} has been working in it since 20\\d\\d-`),
    );
    await release();
    await release();
    expect(await readdir(folder)).toEqual([]);
    await (await lock(folder))();
  });

  it('lets exactly one of many in', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lock(folder)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['.lock']);
  });

  it('keeps another process out, and takes over when that was killed', async () => {
    const { child, answer } = await rival();
    expect(answer).toBe('held');
    await expect(lock(folder)).rejects.toThrow(`process ${child.pid} on ${hostname()}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const release = await lock(folder);
    expect((await rival()).answer).toBe('BusyError');
    await release();
  });

  it('lets exactly one of many take over from a process that is gone', async () => {
    await lock(folder);
    await rewrite({ pid: 2 ** 22 + 1 });
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lock(folder)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['.lock']);
  });

  it.runIf(process.platform === 'linux')('notices that the number of a process was given to another', async () => {
    await lock(folder);
    await rewrite({ birth: 'an earlier boot:123' });
    await expect(lock(folder)).resolves.toBeTypeOf('function');
  });

  it('never takes over from another machine', async () => {
    await lock(folder);
    await rewrite({ host: 'elsewhere', pid: 2 ** 22 + 1 });
    await expect(lock(folder)).rejects.toThrow(`on elsewhere has been working in it since`);
  });

  it('takes over a lock that is no lock', async () => {
    await writeFile(join(folder, '.lock'), '');
    await expect(lock(folder)).resolves.toBeTypeOf('function');
  });

  it('does not release what another has taken over', async () => {
    const release = await lock(folder);
    await rewrite({ pid: 2 ** 22 + 1 });
    await lock(folder);
    await release();
    await expect(lock(folder)).rejects.toThrow(BusyError);
  });

  it('says that there is no folder', async () => {
    await expect(lock(join(folder, 'none'))).rejects.toThrow(FileError);
    await expect(lock(join(folder, 'none'))).rejects.toThrow('cannot be written: no such file or folder');
  });
});
