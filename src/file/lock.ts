/** One process at a time in a folder: a lock file that names its holder, and is taken over when the holder is gone. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { BusyError } from '../errors.ts';
import { fileFailure, systemCode } from './failure.ts';
import { formatJson } from './json.ts';
import { sha256 } from './sha256.ts';

const holderSchema = z.strictObject({
  pid: z.int().positive(),
  host: z.string(),
  since: z.string(),
  /** Tells a process from a later one of the same number: the machine's boot and the start in it; '' where unknown. */
  birth: z.string(),
  /** Tells one holding from another of the same process. */
  token: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/** What file systems answer that have no hard links. */
const withoutLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** A process that was killed in the middle of taking over is not waited for longer. */
const TAKEOVER_MILLISECONDS = 30_000;

/** When a process started, as the system tells it, or '' where it does not; undefined when it no longer runs. */
async function birthOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return undefined;
  }
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' '); // from the third on: the name may hold anything
  if (fields[0] === 'Z') return undefined; // ended, only not yet taken note of
  return fields.length > 19 ? `${boot.trim()}:${fields[19]}` : '';
}

/** Whether a holder is certainly gone; one on another machine never is. */
async function isGone({ pid, host, birth }: Holder): Promise<boolean> {
  if (host !== hostname()) return false;
  const now = await birthOf(pid);
  return now === undefined || (now !== '' && birth !== '' && now !== birth);
}

function holderOf(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // an empty or torn file, from a machine that lost power
  }
}

/** The text of a file, or undefined when there is none. */
const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });

/** Makes a file with a text, all at once; false when it is there already. */
async function claim(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, path).catch((error) => {
      if (!withoutLinks.includes(systemCode(error) ?? '')) throw error;
      return writeFile(path, text, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes the lock of a holder that is gone, unless another is at it: only who made the permit for that lock may. */
async function removeStale(path: string, stale: string): Promise<boolean> {
  const permit = `${path}.takeover-${sha256(stale).slice(0, 16)}`;
  if (!(await claim(permit, stale))) {
    const made = await stat(permit).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > TAKEOVER_MILLISECONDS) await rm(permit, { force: true });
    return false;
  }
  try {
    if ((await textOf(path)) === stale) await rm(path, { force: true });
    return true;
  } finally {
    await rm(permit, { force: true });
  }
}

const busy = (folder: string, path: string, { pid, host, since }: Holder) =>
  new BusyError(
    `${folder}: process ${pid} on ${host} has been working in it since ${since}; wait for it, ` +
      `or delete ${path} if it no longer runs`,
  );

async function acquire(folder: string, path: string, text: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await claim(path, text)) return;
    const found = await textOf(path);
    const holder = found === undefined ? undefined : holderOf(found);
    if (holder !== undefined && !(await isGone(holder))) throw busy(folder, path, holder);
    if (found !== undefined && !(await removeStale(path, found))) await sleep(20);
  }
  throw new BusyError(`${folder}: other processes keep taking ${path}; try again`);
}

/**
 * Takes a folder, which must exist, for this process, and gives the function that releases it. Throws BusyError that
 * says who has it; a holder that was killed does not count. A process that ends without a release needs no clearing.
 */
export async function lock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, '.lock');
  const text = formatJson(path, {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    birth: (await birthOf(process.pid)) ?? '',
    token: randomUUID(),
  } satisfies Holder);
  try {
    await acquire(folder, path, text);
  } catch (error) {
    throw fileFailure(path, 'written', error);
  }
  return async () => {
    if ((await textOf(path).catch(() => undefined)) === text) await rm(path, { force: true });
  };
}

/** Whether a process has a folder, as its lock tells; takes nothing. */
export async function isHeld(folder: string): Promise<boolean> {
  const text = await textOf(join(folder, '.lock')).catch(() => undefined);
  const holder = text === undefined ? undefined : holderOf(text);
  return holder !== undefined && !(await isGone(holder));
}
