/** A queue's server and, in folders of their own, its coordinators and workers, for a file of tests. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { fewstep, type Server, type Started, startServer } from '../../scripts/chaos/cluster.ts';
import type { OwnHost } from '../../scripts/chaos/namespace.ts';
import { onlyRun } from '../../scripts/chaos/same.ts';

export const recipe = 'recipes/smoke.yaml';

/** Where a process runs, and with what. */
interface At {
  readonly address?: string;
  readonly host?: OwnHost;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a server before the tests of a file, and ends after each what it started. */
export function queueCluster() {
  let base = '';
  let server: Server | undefined;
  const started: Started[] = [];
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'fewstep-queue-'));
    server = await startServer(join(base, 'redis'), '127.0.0.1');
  });
  afterEach(async () => {
    for (const one of started) await one.kill('SIGKILL');
    started.length = 0;
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(base, { recursive: true });
  });
  const theServer = (): Server => {
    if (server === undefined) throw new TypeError('a server before its tests');
    return server;
  };
  const run = (words: readonly string[], folder: string, { address = theServer().address, host, env }: At): Started => {
    const one = fewstep([...words, '--queue', address], folder, host?.name, env);
    started.push(one);
    return one;
  };
  return {
    folder: (name: string): string => join(base, name),
    server: theServer,
    /** A folder with the recipe, as a user has one. */
    workplace: (name: string): string => {
      const folder = join(base, name);
      mkdirSync(folder);
      cpSync(join(inject('smoke').folder, 'recipes'), join(folder, 'recipes'), { recursive: true });
      return folder;
    },
    worker: (folder: string, at: At = {}, ...words: readonly string[]): Started =>
      run(['worker', '--concurrency', '1', '--heartbeat', '1', ...words], folder, at),
    coordinator: (folder: string, at: At = {}, stage = 'run'): Started => run([stage, recipe, '--quiet'], folder, at),
  };
}

/** Waits until a run has files of a stage. */
export async function until(folder: string, stage: string): Promise<void> {
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
