/** Bytes on their way between a file and a store: what arrives is what was promised, or nothing arrives. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { FileError } from '../../ground/errors.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { fileFailure, systemCode } from '../../ground/file/failure.ts';
import type { EntryFile } from './entry.ts';
import type { FoundContent, StoredContent } from './store.ts';

const PIECE_BYTES = 1 << 20;

/** A file as it was when it was opened: one that is replaced meanwhile stays what it was, of one that grows the rest is left out. */
export interface Snapshot extends StoredContent {
  readonly close: () => Promise<void>;
}

/** Opens a file and reads it once for its SHA-256; undefined where there is none. Throws FileError. */
export async function snapshotOf(path: string): Promise<Snapshot | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const { size } = await handle.stat();
    const hash = createHash('sha256');
    for await (const piece of pieces(handle, size)) hash.update(piece);
    const sha256 = hash.digest('hex');
    const opened = handle;
    return {
      ...{ bytes: size, sha256 },
      open: () => Readable.from(promised(path, pieces(opened, size), { bytes: size, sha256 }), { objectMode: false }),
      close: () => opened.close(),
    };
  } catch (error) {
    await handle?.close();
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileFailure(path, 'read', error);
  }
}

/** The first bytes of an open file. */
async function* pieces(handle: FileHandle, bytes: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < bytes; ) {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, bytes - done));
    const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Content that is not what an entry says, or that broke off on its way: it may come whole the next time. */
export class RefusedContentError extends FileError {}

/** Passes bytes on. Throws RefusedContentError as soon as there are more than was said, and at the end where they are others. */
async function* promised(
  where: string,
  source: AsyncIterable<Uint8Array>,
  { bytes, sha256 }: Pick<EntryFile, 'bytes' | 'sha256'>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let done = 0;
  for await (const piece of source) {
    done += piece.byteLength;
    if (done > bytes) throw new RefusedContentError(`${where}: expected ${bytes} bytes, got more`);
    hash.update(piece);
    yield piece;
  }
  if (done !== bytes) throw new RefusedContentError(`${where}: expected ${bytes} bytes, got ${done}`);
  const found = hash.digest('hex');
  if (found === sha256) return;
  throw new RefusedContentError(
    `${where}: expected content of SHA-256 ${sha256.slice(0, 12)}…, got ${found.slice(0, 12)}…`,
  );
}

/** What comes from a store, whose way may end at any time. Throws RefusedContentError. */
async function* arriving(where: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RefusedContentError(`${where}: broke off: ${reason}`, { cause });
  }
}

/** Writes what came from a store into a file, atomically; where it is not what was said there is no file. Throws FileError. */
export async function writeFound(
  path: string,
  where: string,
  { bytes, body }: FoundContent,
  expected: Pick<EntryFile, 'bytes' | 'sha256'>,
): Promise<void> {
  try {
    if (bytes !== expected.bytes)
      throw new RefusedContentError(`${where}: expected ${expected.bytes} bytes, got ${bytes}`);
    await writeAtomic(path, async (write) => {
      for await (const piece of promised(where, arriving(where, body), expected)) await write(piece);
    });
  } finally {
    body.destroy();
  }
}

/** The bytes of something short that came from a store. Throws FileError where they are more than `most`. */
export async function shortBytes(where: string, { body }: FoundContent, most: number): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  let done = 0;
  try {
    for await (const piece of arriving(where, body)) {
      done += piece.byteLength;
      if (done > most) throw new FileError(`${where}: expected at most ${most} bytes, got more`);
      found.push(piece);
    }
  } finally {
    body.destroy();
  }
  return Buffer.concat(found);
}
