import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { fewstep, freePort, type Server, type Started, start, startServer } from '../../scripts/chaos/cluster.ts';
import { type OwnHost, ownHost } from '../../scripts/chaos/namespace.ts';
import { differencesOf, onlyRun, workOf } from '../../scripts/chaos/same.ts';
import { versions } from '../../src/ground/versions.ts';
import { prefix, queueName } from '../../src/tasks/queue/names.ts';

let base: string;
let server: Server;
let whole: string;
const started: Started[] = [];
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'fewstep-queue-'));
  whole = onlyRun(inject('smoke').folder);
  server = await startServer(join(base, 'redis'), '127.0.0.1');
});
afterEach(async () => {
  for (const one of started) await one.kill('SIGKILL');
  started.length = 0;
});
afterAll(async () => {
  await server.stop();
  rmSync(base, { recursive: true });
});

const recipe = 'recipes/smoke.yaml';

function workplace(name: string): string {
  const folder = join(base, name);
  mkdirSync(folder);
  cpSync(join(inject('smoke').folder, 'recipes'), join(folder, 'recipes'), { recursive: true });
  return folder;
}

const known = (one: Started): Started => {
  started.push(one);
  return one;
};

interface At {
  readonly address?: string;
  readonly host?: OwnHost;
  readonly heartbeat?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const worker = (folder: string, { address = server.address, host, heartbeat = '1', env }: At = {}): Started =>
  known(
    fewstep(['worker', '--queue', address, '--concurrency', '1', '--heartbeat', heartbeat], folder, host?.name, env),
  );

const coordinator = (folder: string, address = server.address, env?: NodeJS.ProcessEnv): Started =>
  known(fewstep(['run', recipe, '--quiet', '--queue', address], folder, undefined, env));

/** Waits until a run has files of a stage. */
async function until(folder: string, stage: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    try {
      if (readdirSync(join(onlyRun(folder), stage)).length > 0) return;
    } catch {
      // not begun yet
    }
    await sleep(50);
  }
  throw new Error(`${folder}: no ${stage} after a minute`);
}

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
    await server.crash();
    const { code, text } = await run.ended;
    expect(code, text).toBe(0);
    expect(await differencesOf(whole, onlyRun(folder))).toEqual([]);
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
    const far = await startServer(join(base, 'far-server'), `127.0.0.1 ${host.address}`);
    try {
      const folder = workplace('cut');
      const cut = worker(folder, { address: far.address, host });
      const run = coordinator(folder, far.address);
      await until(folder, 'training');
      host.cut(true);
      const near = worker(folder, { address: far.address });
      await sleep(8000);
      host.cut(false);
      const { code, text } = await run.ended;
      expect(code, text).toBe(0);
      expect(await differencesOf(whole, onlyRun(folder))).toEqual([]);
      for (const one of [cut, near]) await one.kill('SIGTERM');
    } finally {
      await far.stop();
      host.remove();
    }
  });

  it('hears nothing of a job but the name of a unit of a run that is there', async () => {
    const folder = workplace('hostile');
    const one = worker(folder);
    const redis = new Redis(server.port, { maxRetriesPerRequest: null });
    const queue = new Queue(queueName({ provider: 'cpu', versions: versions(), mixed: false }), {
      connection: redis,
      prefix,
    });
    const run = 'smoke-0123456789ab';
    mkdirSync(join(folder, 'runs', run), { recursive: true });
    writeFileSync(join(folder, 'runs', run, 'recipe.resolved.yaml'), 'kind: distill\nname: smoke\n');
    const unit = { run, place: '0123456789abcdef', kind: 'samples', id: 'teacher-16-seed1' };
    const jobs = [
      unit, // of a run whose recipe is not the one of its name
      { ...unit, run: '../escape' },
      { ...unit, run: 'none-0123456789ab' },
      { ...unit, id: '../../x' },
      { ...unit, path: '/tmp/fewstep-written' },
      { ...unit, kind: 'require' },
      { ...unit, kind: '__proto__' },
      { ...unit, place: undefined },
    ];
    const before = readdirSync(folder, { recursive: true });
    const added = await queue.addBulk(jobs.map((data) => ({ name: 'x', data, opts: { attempts: 1 } })));
    for (const [index, job] of added.entries()) {
      let state = await job.getState();
      for (let tries = 0; state !== 'failed' && tries < 100; tries++) {
        await sleep(100);
        state = await job.getState();
      }
      expect(state, JSON.stringify(jobs[index])).toBe('failed');
    }
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    expect(one.child.exitCode).toBeNull(); // it goes on
    for (const job of added) await job.remove();
    await queue.close();
    redis.disconnect();
    await one.kill('SIGTERM');
  });

  it('tells who must give a password, and shows none', async () => {
    const locked = await startServer(join(base, 'locked-server'), '127.0.0.1', ['--requirepass', 'opensesame']);
    try {
      const folder = workplace('locked');
      const refused = await coordinator(folder, locked.address).ended;
      expect(refused.code).toBe(8);
      expect(refused.text).toMatch(/^fewstep: queue redis:\/\/127\.0\.0\.1:\d+: .*(NOAUTH|Authentication)/);
      const wrong = await coordinator(folder, locked.address.replace('//', '//:guess@')).ended;
      expect(wrong.code).toBe(8);
      expect(wrong.text).not.toContain('guess');
      const env = { FEWSTEP_QUEUE_PASSWORD: 'opensesame' };
      const one = worker(folder, { address: locked.address, env });
      const run = await known(
        fewstep(['trajectories', recipe, '--quiet', '--queue', locked.address], folder, undefined, env),
      ).ended;
      expect(run.code, run.text).toBe(0);
      await one.kill('SIGTERM');
    } finally {
      await locked.stop();
    }
  });

  it('says in one line that nobody answers', async () => {
    const { code, text } = await coordinator(workplace('alone'), `redis://127.0.0.1:${await freePort()}`).ended;
    expect(code).toBe(8);
    expect(text).toMatch(/^fewstep: queue redis:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED [\d.:]+\n$/);
  });

  it('stops its units when it is interrupted, and goes on later', async () => {
    const folder = workplace('interrupted');
    const one = worker(folder);
    const run = coordinator(folder);
    await until(folder, 'training');
    const unsuited = known(fewstep(['worker', '--queue', server.address, '--provider', 'cuda'], folder));
    await sleep(2500);
    await unsuited.kill('SIGTERM');
    expect((await unsuited.ended).text).toMatch(/not worked on: provider: cpu in the plan, cuda here/);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    const { code, text } = await start('redis-cli', ['-p', String(server.port), 'keys', 'fewstep:*:active'], base)
      .ended;
    expect(code, text).toBe(0);
    const again = await coordinator(folder).ended;
    expect(again.code, again.text).toBe(0);
    expect(await differencesOf(whole, onlyRun(folder))).toEqual([]);
    await one.kill('SIGTERM');
  });
});
