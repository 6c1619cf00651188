/** Files that are whole or not there: written beside their place, flushed to the disk, then renamed into it. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { fileFailure, systemCode } from './failure.ts';

/** Appends bytes to the file that is being written. */
export type Write = (bytes: Uint8Array) => Promise<void>;

/** A file's content: bytes, text (UTF-8), or a function that writes it piece by piece. */
export type Content = Uint8Array | string | ((write: Write) => Promise<void>);

let written = 0;

/** Tells this process from one of the same number on another machine that works in the same folder. */
const own = randomBytes(4).toString('hex');

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await handle.write(bytes, done, bytes.byteLength - done)).bytesWritten;
  }
}

async function fill(handle: FileHandle, content: Content): Promise<void> {
  if (typeof content === 'function') await content((bytes) => writeAll(handle, bytes));
  else await writeAll(handle, typeof content === 'string' ? Buffer.from(content) : content);
}

/** Flushes a folder's list of names, so that a rename outlives a power cut, on systems that can. */
async function flushFolder(folder: string): Promise<void> {
  const unable = ['EINVAL', 'EISDIR', 'EPERM', 'EACCES', 'ENOTSUP', 'EBADF'];
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!unable.includes(systemCode(error) ?? '')) throw error;
  }
}

async function writeBeside(target: string, content: Content): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true }).catch((error) => {
    if (systemCode(error) !== 'EEXIST') throw error; // a file in the folder's place: opening says so
  });
  const temporary = join(folder, `.${basename(target)}.${process.pid}-${threadId}-${written++}-${own}.tmp`);
  const handle = await open(temporary, 'wx');
  try {
    try {
      await fill(handle, content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flushFolder(folder);
}

async function writeStraight(target: string, content: Content): Promise<void> {
  const handle = await open(target, 'w');
  await fill(handle, content).finally(() => handle.close());
}

/**
 * Writes a file so that at any moment its path holds the old content or the new one, never a part; folders are made
 * as needed, a symbolic link is followed. Devices and pipes (/dev/stdout) are written straight. Throws FileError and
 * leaves nothing behind when the disk is full, a limit is met or writing is not allowed.
 */
export async function writeAtomic(path: string, content: Content): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    const old = await stat(target).catch(() => undefined);
    const special = old !== undefined && !old.isFile() && !old.isDirectory();
    await (special ? writeStraight(target, content) : writeBeside(target, content));
  } catch (error) {
    throw fileFailure(path, 'written', error);
  }
}
