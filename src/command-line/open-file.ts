import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { EngineError } from '../ground/errors.ts';

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Opens a file with the program that the system has for it. Throws EngineError where there is none. */
export async function openFile(path: string): Promise<void> {
  const [program = '', ...words] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...words, resolve(path)], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn').catch((cause) => {
    throw new EngineError(`${program}: cannot be started to open ${path}; open it in a browser`, { cause });
  });
  child.unref();
}
