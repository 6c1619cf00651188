import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a process cost. */
export interface Cost {
  readonly seconds: number;
  /** Largest resident memory, in bytes, as /usr/bin/time tells it. */
  readonly peak: number;
  readonly output: string;
}

/**
 * Notes the largest resident memory of the process that it is imported into, in KiB, again and again: it may be killed.
 * Linux counts a process's parent into maxRSS, but not into VmHWM.
 */
const noteModule = `data:text/javascript,${encodeURIComponent(String.raw`
  import { readFileSync, writeFileSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  const own = () => {
    try {
      return /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    } catch {}
  };
  const note = () => writeFileSync('peak', String(own() ?? process.resourceUsage().maxRSS));
  if (isMainThread) {
    note();
    setInterval(note, 100).unref();
    process.on('exit', note);
  }
`)}`;

/** Runs a module in a folder as a process of its own; `until` ends it early, as an interrupt does. Throws when it fails. */
export async function measuredCommand(
  folder: string,
  args: readonly string[],
  until?: () => Promise<boolean>,
): Promise<Cost> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', noteModule, ...args], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let interrupted = false;
  const watch = setInterval(async () => {
    if (interrupted || !(await until?.())) return;
    interrupted = true;
    child.kill('SIGTERM');
  }, 100);
  const code = await ended.finally(() => clearInterval(watch));
  if (code !== 0 && !interrupted) throw new Error(`${args.join(' ')} ended with ${code}:\n${output.slice(-2000)}`);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, peak: 1024 * Number(await readFile(join(folder, 'peak'), 'utf8')), output };
}
