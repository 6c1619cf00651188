import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/ground/process/bounded-log.ts';
import { killPrograms, type ProgramRun, runProgram } from '../../../src/ground/process/program.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-program-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program in the words of JavaScript. */
const script = (text: string, options: Partial<ProgramRun> = {}): ProgramRun => ({
  ...{ argv: [process.execPath, '-e', text], folder, seconds: 30, log: join(folder, 'log') },
  ...options,
});

/** Whether a process is gone within two seconds; one that ended and that nobody has asked for is. */
async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'Z');
    if (/^Z$|\) Z /.test(state)) return true;
    await after(10);
  }
  return false;
}

/** The number that a program wrote into a file, when it has. */
async function numberIn(name: string): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await after(10);
  }
  throw new Error(`${name}: nothing was written`);
}

/** A process below a program, which would go on for a minute; `survives` where it does not heed a request to end. */
const withChild = (name: string, survives = ''): string =>
  `const { spawn } = require('node:child_process');
   const child = spawn(process.execPath, ['-e', '${survives}setTimeout(() => {}, 60000)'], { stdio: 'inherit' });
   require('node:fs').writeFileSync('${name}', child.pid + '\\n');`;

describe('a program', () => {
  it('runs in its folder without a shell, and what it prints is kept', async () => {
    const words = ['a b', '$HOME', '*'];
    const text = 'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(1)])); console.error("oh")';
    await runProgram(script('', { argv: [process.execPath, '-e', text, ...words] }));
    expect(JSON.parse(await readFile(join(folder, 'log.out.log'), 'utf8'))).toEqual([folder, ...words]);
    expect(await readFile(join(folder, 'log.err.log'), 'utf8')).toBe('oh\n');
  });

  it('that fails is told by its code, its last lines and its log', async () => {
    const text = 'for (let i = 0; i < 30; i++) console.error("line " + i); process.exitCode = 3';
    const lines = Array.from({ length: 10 }, (_, i) => `\n  line ${20 + i}`).join('');
    await expect(runProgram(script(text, { argv: [process.execPath, '-e', text, 'x y'] }))).rejects.toThrow(
      ` 'x y': it ended with exit code 3; its last lines, of ${folder}/log.err.log:${lines}`,
    );
  });

  it('that prints to its output alone is told by that; that prints nothing, too', async () => {
    await expect(runProgram(script('console.log("why"); process.exit(1)'))).rejects.toThrow(
      `exit code 1; its last lines, of ${folder}/log.out.log:\n  why`,
    );
    await expect(runProgram(script('process.kill(process.pid, "SIGKILL")'))).rejects.toThrow(
      `it was ended by SIGKILL; it printed nothing (${folder}/log.err.log)`,
    );
  });

  it('that is not there, or no program, is told', async () => {
    await expect(runProgram(script('', { argv: ['no-such-program'] }))).rejects.toThrow('there is no such program');
    await writeFile(join(folder, 'text'), 'text');
    await expect(runProgram(script('', { argv: ['./text'] }))).rejects.toThrow(
      'it cannot be started: spawn ./text EACCES',
    );
  });

  it('leaves nothing behind when it ends', async () => {
    await runProgram(script(`${withChild('left')} process.exit(0)`));
    expect(await isGone(await numberIn('left'))).toBe(true);
  });

  it('that takes too long is ended with all that it began', async () => {
    const run = runProgram(script(withChild('late'), { seconds: 1 }));
    const child = await numberIn('late');
    await expect(run).rejects.toThrow('expected its end within 1 s (evaluation.command.timeout), it was still running');
    expect(await isGone(child)).toBe(true);
  });

  it('that does not heed the request to end is killed', async () => {
    const deaf = 'process.on("SIGTERM", () => {}); setTimeout(() => {}, 60000)';
    await expect(runProgram(script(deaf, { seconds: 0.5, grace: 100 }))).rejects.toThrow('it was still running');
  });

  it('is ended by an interruption, whose reason is thrown when it is gone', { timeout: 20_000 }, async () => {
    const interruption = new AbortController();
    const run = runProgram(script(withChild('interrupted'), { signal: interruption.signal }));
    const child = await numberIn('interrupted');
    interruption.abort(new Error('by the user'));
    await expect(run).rejects.toThrow('by the user');
    expect(await isGone(child)).toBe(true);
    await expect(runProgram(script('', { signal: interruption.signal }))).rejects.toThrow('by the user');
  });

  it('is killed at once where this process is about to end', async () => {
    const deaf = 'process.on("SIGTERM", () => {}); ';
    const run = runProgram(script(deaf + withChild('killed', "process.on(\\'SIGTERM\\', () => {}); ")));
    const child = await numberIn('killed');
    killPrograms();
    await expect(run).rejects.toThrow('it was ended by SIGKILL');
    expect(await isGone(child)).toBe(true);
  });
});

it('a log keeps its first MiB, its last 64 KiB, and says what is left out', async () => {
  const path = join(folder, 'long.log');
  const log = openLog(path);
  const piece = Buffer.alloc(1000, 'x');
  for (let i = 0; i < 3000; i++) log.add(piece);
  log.add(Buffer.from('\nlast\r\n\n'));
  expect(log.lastLines(1)).toEqual(['last']);
  log.close();
  expect((await stat(path)).size).toBeLessThan((1 << 20) + (1 << 16) + 100);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(`\n… ${3_000_008 - (1 << 20) - (1 << 16)} bytes are left out here …\n`);
  expect(text.endsWith('xxx\nlast\r\n\n')).toBe(true);
});
