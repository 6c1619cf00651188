import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { freePort, start, startServer } from '../../scripts/chaos/cluster.ts';
import { versions } from '../../src/ground/versions.ts';
import { prefix, queueName } from '../../src/tasks/queue/names.ts';
import { queueCluster } from './queue-cluster.ts';

const { coordinator, folder: folderOf, server, worker, workplace } = queueCluster();

describe('a queue', () => {
  it('hears nothing of a job but the name of a unit of a run that is there', async () => {
    const folder = workplace('hostile');
    const one = worker(folder);
    const redis = new Redis(server().port, { maxRetriesPerRequest: null });
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
    const locked = await startServer(folderOf('locked-server'), '127.0.0.1', ['--requirepass', 'opensesame']);
    try {
      const folder = workplace('locked');
      const refused = await coordinator(folder, { address: locked.address }).ended;
      expect(refused.code).toBe(8);
      expect(refused.text).toMatch(/^fewstep: queue redis:\/\/127\.0\.0\.1:\d+: .*(NOAUTH|Authentication)/);
      const wrong = await coordinator(folder, { address: locked.address.replace('//', '//:guess@') }).ended;
      expect(wrong.code).toBe(8);
      expect(wrong.text).not.toContain('guess');
      const env = { FEWSTEP_QUEUE_PASSWORD: 'opensesame' };
      const one = worker(folder, { address: locked.address, env });
      const run = await coordinator(folder, { address: locked.address, env }, 'trajectories').ended;
      expect(run.code, run.text).toBe(0);
      await one.kill('SIGTERM');
    } finally {
      await locked.stop();
    }
  });

  it('speaks TLS with who is trusted, and with nobody else', async () => {
    const [key, cert] = [folderOf('key.pem'), folderOf('cert.pem')];
    const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      ...named,
    ];
    expect((await start('openssl', made, '.').ended).code).toBe(0);
    const port = await freePort();
    const files = [
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    ];
    const secure = await startServer(folderOf('secure-server'), '127.0.0.1', ['--tls-port', String(port), ...files]);
    try {
      const [folder, address] = [workplace('secure'), `rediss://127.0.0.1:${port}`];
      const refused = await coordinator(folder, { address }).ended;
      expect(refused.code).toBe(8);
      expect(refused.text).toMatch(/^fewstep: queue rediss:\/\/127\.0\.0\.1:\d+: self-signed certificate\n$/);
      const env = { NODE_EXTRA_CA_CERTS: cert };
      const one = worker(folder, { address, env });
      const run = await coordinator(folder, { address, env }, 'trajectories').ended;
      expect(run.code, run.text).toBe(0);
      await one.kill('SIGTERM');
    } finally {
      await secure.stop();
    }
  });

  it('says in one line that nobody answers', async () => {
    const { code, text } = await coordinator(workplace('alone'), { address: `redis://127.0.0.1:${await freePort()}` })
      .ended;
    expect(code).toBe(8);
    expect(text).toMatch(/^fewstep: queue redis:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED [\d.:]+\n$/);
  });
});
