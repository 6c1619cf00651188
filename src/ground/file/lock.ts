/**
 * One process at a time in a folder: a lock file that names its holder and is written anew every few seconds. It is
 * taken over when the holder is certainly gone: by its number where that means something here, else (another machine,
 * another container, a restart) when nothing has been written for a minute by the clock of the file system.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { BusyError } from '../errors.ts';
import { claim } from './claim.ts';
import { fileFailure, systemCode } from './failure.ts';
import { startHeartbeat } from './heartbeat.ts';
import { formatJson } from './json.ts';
import { isRunning, thisProcess } from './process-identity.ts';
import { sha256 } from './sha256.ts';

const holderSchema = z.strictObject({
  pid: z.int().positive(),
  host: z.string(),
  place: z.string().default(''), // absent in those of earlier versions
  birth: z.string(),
  since: z.string(),
  /** Tells one holding from another of the same process. */
  token: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/** How often a holder writes. */
const BEAT_MILLISECONDS = 5_000;

/** A holder whose number says nothing here and that has not written for so long is gone: twelve times in a row. */
const SILENT_MILLISECONDS = 60_000;

/** A process that was killed in the middle of taking over is not waited for longer. */
const TAKEOVER_MILLISECONDS = 30_000;

/** How long ago a file was changed, in milliseconds by the clock of its file system; undefined where there is none. */
async function sinceChange(path: string): Promise<number | undefined> {
  const probe = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(probe, '', { flag: 'wx' });
    const [now, then] = await Promise.all([stat(probe), stat(path).catch(() => undefined)]);
    return then && now.mtimeMs - then.mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

/** Whether a holder is certainly gone. */
async function isGone(path: string, holder: Holder): Promise<boolean> {
  const running = await isRunning(holder);
  return running === undefined ? ((await sinceChange(path)) ?? 0) > SILENT_MILLISECONDS : !running;
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

/** Removes the lock of a holder that is gone, unless another is at it: only who made the permit for that lock may. */
async function removeStale(path: string, stale: string): Promise<boolean> {
  const permit = `${path}.takeover-${sha256(stale).slice(0, 16)}`;
  if (!(await claim(permit, stale))) {
    const age = await sinceChange(permit);
    if (age !== undefined && Math.abs(age) > TAKEOVER_MILLISECONDS) await rm(permit, { force: true }); // it may be dated ahead
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
    `${folder}: process ${pid} on ${host} has been working in it since ${since}; wait for it, or for a minute if it no ` +
      `longer runs, or delete ${path}`,
  );

async function acquire(folder: string, path: string, text: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await claim(path, text)) return;
    const found = await textOf(path);
    const holder = found === undefined ? undefined : holderOf(found);
    if (holder !== undefined && !(await isGone(path, holder))) throw busy(folder, path, holder);
    if (found !== undefined && !(await removeStale(path, found))) await sleep(20);
  }
  throw new BusyError(`${folder}: other processes keep taking ${path}; try again`);
}

/** Removes what processes left that were killed while they were taking the folder. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^\.lock\.(.+\.tmp|takeover-[0-9a-f]{16})$/.test(name)) continue;
    const age = await sinceChange(join(folder, name));
    if (age !== undefined && Math.abs(age) > TAKEOVER_MILLISECONDS) await rm(join(folder, name), { force: true });
  }
}

/**
 * Takes a folder, which must exist, for this process, and gives the function that releases it. Throws BusyError that
 * says who has it; a holder that was killed does not count. A process that ends without a release needs no clearing.
 */
export async function lock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, '.lock');
  const text = formatJson(path, {
    ...(await thisProcess()),
    since: new Date().toISOString(),
    token: randomUUID(),
  } satisfies Holder);
  try {
    await acquire(folder, path, text);
    await removeLeftovers(folder);
  } catch (error) {
    throw fileFailure(path, 'written', error);
  }
  const endHeartbeat = startHeartbeat(path, text, BEAT_MILLISECONDS);
  return async () => {
    await endHeartbeat();
    if ((await textOf(path).catch(() => undefined)) === text) await rm(path, { force: true });
  };
}

/** Whether a process has a folder, as its lock tells; takes nothing. */
export async function isHeld(folder: string): Promise<boolean> {
  const path = join(folder, '.lock');
  const text = await textOf(path).catch(() => undefined);
  const holder = text === undefined ? undefined : holderOf(text);
  return holder !== undefined && !(await isGone(path, holder));
}
