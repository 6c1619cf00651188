import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { start, startServer } from '../../scripts/chaos/cluster.ts';
import { ownHost } from '../../scripts/chaos/namespace.ts';
import { differencesOf, onlyRun, workOf } from '../../scripts/chaos/same.ts';
import { queueCluster, until } from './queue-cluster.ts';

const { coordinator, folder: folderOf, server, worker, workplace } = queueCluster();
const whole = (): string => onlyRun(inject('smoke').folder);

describe('a run over a queue', () => {
  it('has the bytes of a local one while its processes are killed', async () => {
    const folder = workplace('killed');
    const workers = [worker(folder), worker(folder)];
    let run = coordinator(folder);
    await until(folder, 'training');
    await sleep(700);
    await workers[0]?.kill('SIGTERM'); // gives back what it was at
    await workers[1]?.kill('SIGKILL');
    await run.kill('SIGKILL');
    run = coordinator(folder);
    const later = [worker(folder), worker(folder)];
    await until(folder, 'evaluation');
    await server().crash();
    const { code, text } = await run.ended;
    expect(code, text).toBe(0);
    expect(await differencesOf(whole(), onlyRun(folder))).toEqual([]);
    const { units, begun } = await workOf(onlyRun(folder));
    expect(begun).toBeGreaterThan(units); // something was under way
    expect(begun).toBeLessThan(units + 6);
    for (const one of later) {
      one.child.kill('SIGTERM');
      expect((await one.ended).code).toBe(0);
    }
  });

  it.runIf(process.getuid?.() === 0)('goes on when the cable to a worker was out', async () => {
    const host = ownHost(7);
    const far = await startServer(folderOf('far-server'), `127.0.0.1 ${host.address}`);
    try {
      const folder = workplace('cut');
      const cut = worker(folder, { address: far.address, host });
      const run = coordinator(folder, { address: far.address });
      await until(folder, 'training');
      host.cut(true);
      const near = worker(folder, { address: far.address });
      await sleep(8000);
      host.cut(false);
      const { code, text } = await run.ended;
      expect(code, text).toBe(0);
      expect(await differencesOf(whole(), onlyRun(folder))).toEqual([]);
      for (const one of [cut, near]) await one.kill('SIGTERM');
    } finally {
      await far.stop();
      host.remove();
    }
  });

  it('stops its units when it is interrupted, and goes on later', async () => {
    const folder = workplace('interrupted');
    const one = worker(folder);
    const run = coordinator(folder);
    await until(folder, 'training');
    const unsuited = worker(folder, {}, '--provider', 'cuda');
    await sleep(2500);
    await unsuited.kill('SIGTERM');
    expect((await unsuited.ended).text).toMatch(/not worked on: provider: cpu in the plan, cuda here/);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    const active = async (): Promise<string> => {
      const words = ['-p', String(server().port), 'keys', 'fewstep:*:active']; // an empty list is none
      return (await start('redis-cli', words, folder).ended).text.trim();
    };
    for (let tries = 0; tries < 100 && (await active()) !== ''; tries++) await sleep(100);
    expect(await active()).toBe('');
    const again = await coordinator(folder).ended;
    expect(again.code, again.text).toBe(0);
    expect(await differencesOf(whole(), onlyRun(folder))).toEqual([]);
    await one.kill('SIGTERM');
  });
});
