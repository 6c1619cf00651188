/** A cluster on this machine: a Redis server with its log, a coordinator and workers, each a process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that was started. */
export interface Started {
  readonly child: ChildProcess;
  /** How it ended; -1 by a signal. */
  readonly ended: Promise<{ readonly code: number; readonly text: string }>;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

/** Starts a program; what it prints is kept. */
export function start(program: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(program, words, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const pipe of [child.stdout, child.stderr])
    pipe?.on('data', (piece) => {
      text += piece;
    });
  const ended = new Promise<{ code: number; text: string }>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? -1, text }));
  });
  return {
    child,
    ended,
    kill: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

const main = resolve('dist/command-line/main.js');

/** Starts fewstep as it is built, in a namespace of the network where one is named. */
export function fewstep(words: readonly string[], cwd: string, namespace?: string, env?: NodeJS.ProcessEnv): Started {
  const command = [process.execPath, main, ...words];
  const [program = '', ...rest] = namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command];
  return start(program, rest, cwd, env);
}

/** A port of this machine that nobody listens on. */
export const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const server = createServer().on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** A Redis server whose log is on the disk before it answers. */
export interface Server {
  readonly port: number;
  readonly address: string;
  readonly stop: () => Promise<void>;
  /** Ends it by SIGKILL and starts it anew from its log. */
  readonly crash: () => Promise<void>;
}

/** Starts a server that listens at addresses of this machine. Throws where it does not answer in ten seconds. */
export async function startServer(folder: string, bind = '127.0.0.1', more: readonly string[] = []): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const words = ['--port', String(port), '--bind', ...bind.split(' '), '--dir', folder, '--save', '', ...more];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--protected-mode', 'no', '--daemonize', 'no'];
  const begin = async (): Promise<Started> => {
    const server = start('redis-server', [...words, ...durable], folder);
    await ready(folder, port);
    return server;
  };
  let server = await begin();
  return {
    port,
    address: `redis://${bind.split(' ').at(-1)}:${port}`,
    stop: () => server.kill('SIGTERM'),
    crash: async () => {
      await server.kill('SIGKILL');
      server = await begin();
    },
  };
}

async function ready(folder: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { ended } = start('redis-cli', ['-p', String(port), 'ping'], folder);
    const { text } = await ended;
    if (/PONG|NOAUTH/.test(text)) return;
    await sleep(100);
  }
  throw new Error(`a server on port ${port} did not answer`);
}
