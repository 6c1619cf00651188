import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { CommandError } from '../../src/ground/errors.ts';
import { answers, greeting, readAnswer } from './protocol.ts';

/** PyTorch's process: it lives as long as the comparison, so that compiling and warming up are paid once. */
export interface Peer {
  readonly greeting: z.output<typeof greeting>;
  /** The number of the process. */
  readonly id: number;
  /** Asks and waits for the answer; one question at a time. */
  readonly ask: <Operation extends keyof typeof answers>(
    operation: Operation,
    request?: Readonly<Record<string, unknown>>,
  ) => Promise<z.output<(typeof answers)[Operation]>>;
  readonly close: () => Promise<void>;
}

/** Starts it. Throws CommandError, one line, where there is no such interpreter or it has no PyTorch. */
export async function openPeer({ python, threads }: { python: string; threads: number }): Promise<Peer> {
  const server = fileURLToPath(new URL('server.py', import.meta.url));
  const child = spawn(python, [server, String(threads)], { env: { ...process.env, OMP_NUM_THREADS: String(threads) } });
  child.stdin.on('error', () => {}); // its end is told by what it says last
  const said = lastWords(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const missing = new Promise<never>((_, reject) =>
    child.once('error', ({ message }) => reject(new CommandError(`--python ${python}: ${message}`))),
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await Promise.race([lines.next(), missing]);
    if (done !== true) return value;
    await ended;
    throw new CommandError(`PyTorch's side ended early: ${said().trim().split('\n').at(-1) ?? ''}`);
  };
  const first = readAnswer(await next(), greeting);
  return {
    greeting: first,
    id: child.pid ?? 0,
    ask: async (operation, request = {}) => {
      child.stdin.write(`${JSON.stringify({ op: operation, ...request })}\n`);
      return readAnswer(await next(), answers[operation]) as z.output<(typeof answers)[typeof operation]>;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** The end of what a process writes as its errors. */
function lastWords(child: ChildProcessWithoutNullStreams): () => string {
  let text = '';
  child.stderr.on('data', (part) => {
    text = (text + String(part)).slice(-4000);
  });
  return () => text;
}
