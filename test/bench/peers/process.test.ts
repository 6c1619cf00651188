import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPeer } from '../../../bench/peers/process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-peer-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program in Python's place. */
async function interpreter(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/usr/bin/env node\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const greets = `console.log(JSON.stringify({ torch: '2', capability: 'AVX2', compiler: process.argv[3] }));`;

describe("PyTorch's process", () => {
  test('is told the threads, answers a line to each question, and ends when it is closed', async () => {
    const echo = `${greets}
      require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
        const { op, calls } = JSON.parse(line);
        console.log(JSON.stringify(op === 'time' ? { seconds: [calls] } : { error: 'no ' + op }));
      });`;
    const peer = await openPeer({ python: await interpreter('echo', echo), threads: 7 });
    expect(peer.greeting.compiler).toBe('7');
    expect(await peer.ask('time', { calls: 3 })).toEqual({ seconds: [3] });
    await expect(peer.ask('prepare')).rejects.toThrow("PyTorch's side: no prepare");
    expect(await peer.ask('time', { calls: 4 })).toEqual({ seconds: [4] });
    await peer.close();
  });

  test('that is not there is told in one line', async () => {
    await expect(openPeer({ python: join(folder, 'none'), threads: 1 })).rejects.toThrow(/^--python .*none: .*ENOENT$/);
  });

  test('without PyTorch says what is missing', async () => {
    const python = await interpreter('bare', `console.log('{"error":"No module named \\'torch\\'"}')`);
    await expect(openPeer({ python, threads: 1 })).rejects.toThrow("PyTorch's side: No module named 'torch'");
  });

  test('that ends early is told with its last words', async () => {
    const python = await interpreter('dies', `${greets} console.error('out of memory'); process.exitCode = 1;`);
    const peer = await openPeer({ python, threads: 1 });
    await expect(peer.ask('time')).rejects.toThrow("PyTorch's side ended early: out of memory");
  });
});
