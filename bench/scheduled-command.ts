/** A command as a process of its own, and how long its threads waited for a processor that others had. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';

/** What a command took. */
export interface Scheduled {
  readonly seconds: number;
  readonly output: string;
  /** Its threads' time on a processor and waiting for one, as a multiple of the former: 1 on a machine of one's own. */
  readonly crowding: number;
}

const POLL_MILLISECONDS = 100;

/** Runs a module in a folder. Throws where it fails. */
export async function scheduledCommand(folder: string, words: readonly string[]): Promise<Scheduled> {
  const started = performance.now();
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (complaint += String(text)));
  const threads = new Map<string, readonly [number, number]>();
  const poll = setInterval(() => void noteThreads(child.pid ?? 0, threads), POLL_MILLISECONDS);
  const [code] = await once(child, 'close').finally(() => clearInterval(poll));
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}:\n${complaint.slice(-2000)}`);
  const [running, waiting] = [...threads.values()].reduce(
    ([run, wait], [one, other]) => [run + one, wait + other],
    [0, 0],
  );
  return {
    seconds: (performance.now() - started) / 1000,
    output,
    crowding: (running + waiting) / Math.max(1, running),
  };
}

/** Notes each thread's time on a processor and in its queue, in nanoseconds (Linux, /proc/…/schedstat). */
async function noteThreads(pid: number, threads: Map<string, readonly [number, number]>): Promise<void> {
  const folder = `/proc/${pid}/task`;
  for (const thread of await readdir(folder).catch(() => [])) {
    const text = await readFile(`${folder}/${thread}/schedstat`, 'utf8').catch(() => '');
    const [running, waiting] = text.split(' ').map(Number);
    if (running !== undefined && waiting !== undefined) threads.set(thread, [running, waiting]);
  }
}
