import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { exitCodes } from '../../src/ground/errors.ts';

const main = resolve('dist/command-line/main.js');
const preload = resolve('scripts/faults/kill-at.mjs');

/** How a command ended, and all that it printed. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly text: string;
}

/** What is done to a command: environment of the preloaded module, a time to kill it (ms), lines of the shell before it. */
export interface Disturbance {
  readonly env?: Readonly<Record<string, string>>;
  readonly killAfter?: number;
  readonly shell?: string;
  /** Where the standard output goes instead of the text. */
  readonly output?: string;
}

/** Runs the built command line in a folder. */
export function fewstep(cwd: string, words: readonly string[], disturbance: Disturbance = {}): Promise<Ending> {
  const { env, killAfter, shell = ':', output } = disturbance;
  const node = [process.execPath, ...(env === undefined ? [] : ['--import', preload]), main, ...words];
  const script = `${shell}; exec "$@"${output === undefined ? '' : ` >${output}`}`;
  const child = spawn('bash', ['-c', script, 'bash', ...node], { cwd, env: { ...process.env, ...env } });
  let text = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (piece) => (text += piece));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, text });
    });
  });
}

const documented: readonly number[] = Object.values(exitCodes);

/** What is wrong with how a disturbed command ended: anything but done, or one message and a documented code. */
export function wrongEnding({ code, signal, text }: Ending): string | undefined {
  if (/\n {4}at |this is a bug/.test(text)) return `a stack: ${text.slice(-600)}`;
  if (code === 0) return undefined;
  if (code === null || !documented.includes(code)) return `ended with ${code ?? signal}: ${text.slice(-600)}`;
  return text.includes('fewstep: ') ? undefined : `ended with ${code} without a message: ${text.slice(-600)}`;
}
