import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A Redis server of this machine's alone, that keeps nothing. */
export interface OwnRedis {
  readonly address: string;
  readonly client: Redis;
  readonly stop: () => Promise<void>;
}

/** Starts Debian's redis-server on loopback. Throws where it does not answer within ten seconds. */
export async function ownRedis(port: number): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-redis-'));
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn('redis-server', words, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 100, retryStrategy: () => 100 });
  client.on('error', () => undefined); // it is starting
  await Promise.race([
    client.ping(),
    ended.then(() => Promise.reject(new Error('redis-server ended: is it installed, and the port free?'))),
    sleep(10_000).then(() => Promise.reject(new Error('redis-server did not answer'))),
  ]);
  return {
    address: `redis://127.0.0.1:${port}`,
    client,
    async stop() {
      client.disconnect();
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
