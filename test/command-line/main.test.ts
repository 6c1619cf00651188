import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const fewstep = (words: string, redirect = '') =>
  spawnSync('sh', ['-c', `"${process.execPath}" --import tsx src/command-line/main.ts ${words} ${redirect}`], {
    encoding: 'utf8',
  });

describe('the command line', () => {
  test('prints its help with the exit codes', () => {
    const { stdout, stderr, status } = fewstep('--help');
    expect(stdout).toContain('\nExit codes:\n  0 ');
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('ends with 2 on wrong words, with a suggestion', () => {
    const { stdout, stderr, status } = fewstep('dctor');
    expect(stdout).toBe('');
    expect(stderr).toBe("fewstep: unknown command 'dctor'\n(Did you mean doctor?)\n");
    expect(status).toBe(2);
  });

  test('ends with the code of a FlowError, in one line', () => {
    const { stderr, status } = fewstep('init package.json');
    expect(stderr).toBe('fewstep: package.json: expected a new file, got one that exists (--force replaces it)\n');
    expect(status).toBe(5);
  });

  test('ends with 3 on a bad recipe, told by its place', () => {
    const { stderr, status } = fewstep('run recipes/smoke.yaml --dry-run --set students[0].training.steps=0');
    expect(stderr).toBe(
      'fewstep: --set students[0].training.steps=0: expected a whole number from 1 to 1000000, got 0\n',
    );
    expect(status).toBe(3);
  });

  test('says in one line that its results cannot be written', () => {
    const { stderr, status } = fewstep('--help', '> /dev/full');
    expect(stderr).toBe('fewstep: standard output: cannot be written: no space left on the device (ENOSPC)\n');
    expect(status).toBe(5);
  });

  test('is quiet when its reader leaves', () => {
    expect(fewstep('--help', '| true').stderr).toBe('');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('interrupted by %s ends with %d, says how to go on, and leaves the folder free', async (signal, code) => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-interrupted-'));
    try {
      const set = ['training.steps=1000000', 'training.batch=8', 'output=features'].flatMap((field) => [
        '--set',
        field,
      ]);
      const tsx = pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href;
      const words = [
        resolve('src/command-line/main.ts'),
        'features',
        'train',
        resolve('recipes/digits-features.yaml'),
        ...set,
      ];
      const child = spawn(process.execPath, ['--import', tsx, ...words], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk) => (stderr += chunk));
      const ended = once(child, 'exit');
      const run = async () => join(folder, 'runs', (await readdir(join(folder, 'runs')).catch(() => []))[0] ?? 'none');
      while (!existsSync(join(await run(), 'metrics.jsonl')) && child.exitCode === null) await sleep(50);
      child.kill(signal);
      expect(await ended).toEqual([code, null]);
      expect(stderr.endsWith('interrupted; run the same command again to resume\n')).toBe(true);
      expect((await readdir(await run())).filter((name) => name.includes('lock'))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
