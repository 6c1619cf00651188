import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, FileError } from '../../../src/ground/errors.ts';
import { startHeartbeat } from '../../../src/ground/file/heartbeat.ts';
import { lock } from '../../../src/ground/file/lock.ts';
import { sha256 } from '../../../src/ground/file/sha256.ts';

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
    await rewrite({ birth: '123' });
    await expect(lock(folder)).resolves.toBeTypeOf('function');
  });

  /** Dates a file some seconds back. */
  const back = async (name: string, seconds: number) => {
    const time = Date.now() / 1000 - seconds;
    await utimes(join(folder, name), time, time);
  };

  it.each([
    ['on another machine', { host: 'elsewhere' }],
    ['on another machine of the same name, or before a restart', { place: 'another boot pid:[4026531836]' }],
    ['in another container', { place: 'this boot pid:[1]' }],
  ])('waits for a holder %s while it writes, and takes over when it has been silent', async (_, change) => {
    await lock(folder);
    await rewrite({ ...change, pid: 2 ** 22 + 1 });
    await back('.lock', 50);
    await expect(lock(folder)).rejects.toThrow(/has been working in it since .*or for a minute if it no longer runs/);
    await back('.lock', 70);
    await expect(lock(folder)).resolves.toBeTypeOf('function');
  });

  it('is written again and again while it is held, by the holder alone', async () => {
    const path = join(folder, 'held');
    await writeFile(path, 'mine');
    await back('held', 1000);
    const { mtimeMs } = await stat(path);
    const end = startHeartbeat(path, 'mine', 10);
    await expect.poll(async () => (await stat(path)).mtimeMs, { timeout: 5000 }).toBeGreaterThan(mtimeMs);
    await writeFile(join(folder, 'other'), 'theirs');
    await rename(join(folder, 'other'), path);
    await back('held', 1000);
    await sleep(100);
    expect((await stat(path)).mtimeMs).toBeLessThan(Date.now() - 900_000);
    expect(await readFile(path, 'utf8')).toBe('theirs');
    await end();
  });

  it('is not stopped for good by a permit of a process that was killed while it took over, even one dated ahead', async () => {
    await lock(folder);
    await rewrite({ pid: 2 ** 22 + 1 });
    const stale = await readFile(join(folder, '.lock'), 'utf8');
    const permit = `.lock.takeover-${sha256(stale).slice(0, 16)}`;
    await writeFile(join(folder, permit), stale);
    await back(permit, -86_400);
    await expect(lock(folder)).resolves.toBeTypeOf('function');
    expect(await readdir(folder)).toEqual(['.lock']);
  });

  it('removes what killed processes left of taking it, and nothing that is new', async () => {
    const names = ['.lock.0f.tmp', '.lock.takeover-0123456789abcdef', '.lock.new.tmp', '.lockfile'];
    for (const name of names) await writeFile(join(folder, name), '');
    for (const name of [...names.slice(0, 2), '.lockfile']) await back(name, 3600);
    await lock(folder);
    expect((await readdir(folder)).sort()).toEqual(['.lock', '.lock.new.tmp', '.lockfile']);
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
