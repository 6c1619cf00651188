/** A run whose machines share no folder: Redis, an S3 server, a coordinator and two workers in folders of their own. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fewstep, freePort, type Server, type Started, start, startServer } from '../../scripts/chaos/cluster.ts';
import { differencesOf, onlyRun } from '../../scripts/chaos/same.ts';
import { snapshotOf } from '../../src/tasks/store/content.ts';
import type { RunStore } from '../../src/tasks/store/store.ts';
import { openStore } from '../../src/tasks/store/table.ts';

const { signal } = new AbortController();
const keyId = 'S3RVER'; // the only one that this server knows
const secret = 'seen-by-nobody';

let base: string;
let redis: Server;
let s3: Started;
const before = { ...process.env };
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'fewstep-store-'));
  redis = await startServer(join(base, 'redis'));
  const port = await freePort();
  const server = resolve('node_modules/s3rver/bin/s3rver.js');
  const words = ['-d', join(base, 's3'), '-a', '127.0.0.1', '-p', String(port), '-s', '--configure-bucket', 'bucket'];
  s3 = start(process.execPath, [server, ...words], base);
  await listens(port);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: keyId,
    AWS_SECRET_ACCESS_KEY: secret,
  });
});
afterAll(async () => {
  process.env = before;
  await s3.kill('SIGTERM');
  await redis.stop();
  rmSync(base, { recursive: true });
});

async function listens(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answers = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false));
      socket.on('connect', () => socket.destroy());
    });
    if (answers) return;
    await sleep(100);
  }
  throw new Error(`nobody listens on port ${port}`);
}

const store = 's3://bucket/some/runs';

/** A machine's folder, in which nothing is but recipes. */
function machine(name: string): string {
  const folder = join(base, name);
  mkdirSync(folder);
  cpSync(join(inject('smoke').folder, 'recipes'), join(folder, 'recipes'), { recursive: true });
  return folder;
}

async function until(what: string, holds: () => boolean, milliseconds = 120_000): Promise<void> {
  for (const started = performance.now(); performance.now() - started < milliseconds; await sleep(20))
    if (holds()) return;
  throw new Error(`waited in vain for ${what}`);
}

/** All bytes of files in a folder, as text. */
const textIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');

describe('machines that share a store alone', () => {
  it('make the bytes of a local run, and train on where a killed one ended', async () => {
    const queue = ['--queue', redis.address, '--store', store];
    const worker = ['worker', ...queue, '--concurrency', '1', '--heartbeat', '0.5', '--checkpoints', '0.2'];
    const folders = [machine('one'), machine('other')];
    const workers = folders.map((folder) => fewstep(worker, folder));
    const home = machine('coordinator');
    const set = ['--set', 'students[0].training.checkpointEvery=20'];
    const run = fewstep(['run', 'recipes/smoke.yaml', '--quiet', ...set, ...queue], home);
    const student = 'training/trajectory-seed1';
    const sent = (): boolean => textNames(join(base, 's3')).some((name) => name.includes('sets/checkpoints/'));
    await until('a checkpoint in the store', sent);
    const at = folders.findIndex((folder) => existsSync(join(onlyRun(folder), student, 'metrics.jsonl')));
    await workers[at]?.kill('SIGKILL');
    const [killed = '', heir = ''] = at === 0 ? folders : folders.toReversed();
    const { code, text } = await run.ended;
    expect(code, text).toBe(0);
    const log = (folder: string): string[] =>
      readFileSync(join(onlyRun(folder), student, 'metrics.jsonl'), 'utf8').split('\n');
    expect(log(heir)[0]).toBe(log(killed)[0]); // seconds, too: it has not begun anew
    expect(log(heir)).not.toEqual(log(killed));

    const heirs = workers[1 - at];
    heirs?.child.kill('SIGTERM');
    const told = await heirs?.ended;
    expect(told?.code).toBe(0);
    expect(told?.text).toMatch(/store s3:\/\/bucket\/some\/runs: sent \d+ files of [\d.]+ MB, fetched/);
    const differing = await differencesOf(onlyRun(inject('smoke').folder), onlyRun(home));
    expect(differing.filter((path) => !path.includes('checkpoint'))).toEqual([]);
    expect(textNames(join(base, 's3')).filter((name) => name.includes('checkpoint'))).toEqual([]);
    for (const words of [text, told?.text ?? '', ...[home, ...folders].map(textIn)])
      expect(words).not.toContain(secret);
    expect(`${text}${told?.text}`).not.toContain('Warning');
  });
});

/** The names of files that a folder of the server holds. */
const textNames = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('._S3rver_object'));

describe('a store in S3', () => {
  let opened: RunStore;
  beforeAll(async () => {
    opened = await openStore('s3://bucket/alone', signal);
  });
  afterAll(() => opened.close());
  const bytesOf = async (key: string): Promise<Buffer | undefined> => {
    const found = await opened.get(key, signal);
    return found && Buffer.concat(await found.body.toArray());
  };

  it('keeps small content, large content in pieces, and nothing of what is not as promised', async () => {
    const path = join(base, 'large');
    const large = Buffer.alloc(20 << 20, 'flow');
    writeFileSync(path, large);
    const snapshot = await snapshotOf(path);
    if (snapshot === undefined) throw new Error('no file');
    await opened.put('run/files/a+b,c/large', snapshot, signal);
    expect((await bytesOf('run/files/a+b,c/large'))?.equals(large)).toBe(true);
    writeFileSync(path, Buffer.alloc(20 << 20, 'wolf'));
    const changed = opened.put('run/files/changed', snapshot, signal);
    await expect(changed).rejects.toThrow(/large: expected content of SHA-256 [0-9a-f]{12}…, got/);
    await snapshot.close();
    expect(await opened.get('run/files/changed', signal)).toBeUndefined();
    expect(await opened.list('run/', signal)).toEqual(['run/files/a+b,c/large']);
    await opened.remove(['run/files/a+b,c/large', 'run/none'], signal);
    expect(await opened.list('run/', signal)).toEqual([]);
  });

  it('is refused by a line where the bucket, the key or the server is wrong', async () => {
    await expect(openStore('s3://nothing', signal)).rejects.toThrow(
      /^s3:\/\/nothing: cannot be reached: there is no such bucket$/,
    );
    const { AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL } = process.env;
    process.env.AWS_ACCESS_KEY_ID = 'wrong';
    await expect(openStore('s3://bucket', signal)).rejects.toThrow(/^s3:\/\/bucket: cannot be reached: access denied$/);
    Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    await expect(openStore('s3://bucket', signal)).rejects.toThrow(/^s3:\/\/bucket: cannot be reached: .*ECONNREFUSED/);
    process.env.AWS_ENDPOINT_URL = AWS_ENDPOINT_URL;
  });
});
