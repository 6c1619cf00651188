/**
 * Programs of a user's: run without a shell, in a process group of their own, their output in files. Nothing of a group
 * outlives the program, and none outlives this process, unless that is killed itself (SIGKILL) or a child leaves the group.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CommandError } from '../errors.ts';
import { systemCode } from '../file/failure.ts';
import { shortened } from '../file/visible.ts';
import { type BoundedLog, openLog } from './bounded-log.ts';
import { shellWords } from './shell-words.ts';

/** A program and how it is run. */
export interface ProgramRun {
  /** The program, by a path or by its name on the PATH, and its words. */
  readonly argv: readonly string[];
  /** Where it runs: what relative paths are relative to. */
  readonly folder: string;
  /** How long it may take. */
  readonly seconds: number;
  /** What it prints goes to `<log>.out.log` and `<log>.err.log`. */
  readonly log: string;
  /** Milliseconds from the request to end to the end, of a program that does not heed it; five seconds unless given. */
  readonly grace?: number;
  /** Ends it; its reason is thrown when the program is gone. */
  readonly signal?: AbortSignal;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Milliseconds that its output is waited for after its end. */
const OUTPUT = 2_000;

/** The groups that run, by the numbers of their first processes. */
const running = new Set<number>();

/** Kills every program that runs, at once: for a process that is about to end. */
export function killPrograms(): void {
  for (const group of running) endGroup(group, 'SIGKILL');
}

/** Runs a program to its end. Throws CommandError where it cannot be started, fails or takes too long; FileError of its logs. */
export async function runProgram(run: ProgramRun): Promise<void> {
  run.signal?.throwIfAborted();
  const [out, err] = [openLog(`${run.log}.out.log`), openLog(`${run.log}.err.log`)];
  let fault: string | undefined;
  try {
    fault = await outcome(run, out, err);
  } finally {
    out.close();
    err.close();
  }
  run.signal?.throwIfAborted();
  if (fault === undefined) return;
  const spoken = err.lastLines(1).length > 0 ? err : out;
  const lines = spoken.lastLines(LINES).map((line) => `\n  ${shortened(line, 300)}`);
  const said = lines.length === 0 ? `it printed nothing (${err.path})` : `its last lines, of ${spoken.path}:`;
  throw new CommandError(`${shortened(shellWords(run.argv), 1000)}: ${fault}; ${said}${lines.join('')}`);
}

/** The last lines that a message shows. */
const LINES = 10;

/** What is wrong with how a program ended; undefined where nothing is. */
async function outcome({ argv, folder, seconds, grace = 5_000, signal }: ProgramRun, out: BoundedLog, err: BoundedLog) {
  const [file = '', ...words] = argv;
  let child: Child;
  try {
    child = spawn(file, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } catch (error) {
    return unstarted(error);
  }
  child.stdout.on('data', out.add);
  child.stderr.on('data', err.add);
  const { pid } = child;
  if (pid === undefined)
    return new Promise<string>((resolve) => child.on('error', (error) => resolve(unstarted(error))));
  let late = false;
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    endGroup(pid, 'SIGTERM');
    kill ??= setTimeout(endGroup, grace, pid, 'SIGKILL');
  };
  const limit = setTimeout(() => {
    late = true;
    stop();
  }, 1000 * seconds);
  signal?.addEventListener('abort', stop);
  if (running.size === 0) process.on('exit', killPrograms);
  running.add(pid);
  try {
    const [code, by] = await ended(child, pid);
    if (late) return `expected its end within ${seconds} s (evaluation.command.timeout), it was still running`;
    if (by !== null) return `it was ended by ${by}`;
    return code === 0 ? undefined : `it ended with exit code ${code}`;
  } finally {
    clearTimeout(limit);
    clearTimeout(kill);
    signal?.removeEventListener('abort', stop);
    running.delete(pid);
    if (running.size === 0) process.off('exit', killPrograms);
  }
}

function unstarted(error: unknown): string {
  if (systemCode(error) === undefined) throw error;
  const { message } = error as Error;
  return systemCode(error) === 'ENOENT' ? 'there is no such program' : `it cannot be started: ${message}`;
}

/** How a program ended, when all that it printed is read and nothing of its group is left. */
function ended(child: Child, group: number): Promise<readonly [number | null, NodeJS.Signals | null]> {
  return new Promise((resolve) => {
    child.on('error', () => undefined); // a signal that did not reach it
    child.once('exit', (code, by) => {
      endGroup(group, 'SIGKILL');
      const done = (): void => {
        clearTimeout(patience);
        for (const stream of [child.stdout, child.stderr]) stream.destroy(); // one that left the group may hold them
        resolve([code, by]);
      };
      const patience = setTimeout(done, OUTPUT);
      child.once('close', done);
    });
  });
}

/** Sends a signal to all processes of a group that are there. */
function endGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH' && systemCode(error) !== 'EPERM') throw error;
  }
}
