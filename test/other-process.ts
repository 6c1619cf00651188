/** Modules of this project in processes of their own, which tests kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const loader = import.meta.resolve('tsx');

/** How a process ended: its exit code (null when it was killed) and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that was started. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/**
 * Runs a TypeScript module in another process; `before` is a command of bash that comes first, like a limit, under which what
 * compiles the modules keeps nothing on the disk.
 */
export function runModule(
  module: URL,
  words: readonly string[],
  { cwd = process.cwd(), before }: { readonly cwd?: string; readonly before?: string } = {},
): Started {
  const line = `${before ?? 'true'}; exec "$0" "$@"`;
  const path = compiledPath(module);
  const command = [process.execPath, ...(path ? [path] : ['--import', loader, fileURLToPath(module)]), ...words];
  const child = spawn('bash', ['-c', line, ...command], {
    cwd,
    env: { ...process.env, ...(before && { TSX_DISABLE_CACHE: '1' }) },
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (piece: Buffer) => {
      text[name] += piece.toString();
    });
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...text })) };
}

/** Where a module of the sources is compiled. */
function compiledPath(module: URL): string | undefined {
  const compiled = process.env.FEWSTEP_COMPILED;
  const sources = new URL('../src/', import.meta.url).href;
  if (compiled === undefined || !module.href.startsWith(sources)) return undefined;
  return join(compiled, module.href.slice(sources.length).replace(/\.ts$/, '.js'));
}

/**
 * Kills a process (SIGKILL) some milliseconds after a condition has come to hold; false when it ended by itself before
 * that. Throws what it wrote when it failed by itself.
 */
export async function killWhen(
  { child, ended }: Started,
  condition: () => boolean | Promise<boolean>,
  delay = 0,
): Promise<boolean> {
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  while (running() && !(await condition())) await sleep(3);
  if (delay > 0) await sleep(delay);
  const killed = running() && child.kill('SIGKILL');
  const { code, stderr } = await ended;
  if (code !== null && code !== 0) throw new Error(`the process failed before it was killed:\n${stderr}`);
  return killed;
}
