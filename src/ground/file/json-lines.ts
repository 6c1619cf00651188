/** Logs of one JSON object a line, whose last line a kill may have cut off. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { writeAtomic } from './atomic.ts';
import { fileFailure, systemCode } from './failure.ts';
import { checked, parseJson } from './json.ts';

/** Appends one line in a single write, after cutting off a last one that has no end. Throws FileError. */
export async function appendLine(path: string, value: unknown): Promise<void> {
  try {
    const handle = await open(path, 'a+');
    try {
      await cutTornLine(handle);
      await handle.appendFile(`${JSON.stringify(value)}\n`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(path, 'written', error);
  }
}

const lineBreak = 10;

async function cutTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  if (last[0] === lineBreak) return;
  const bytes = Buffer.alloc(size);
  await handle.read(bytes, 0, size, 0);
  await handle.truncate(bytes.lastIndexOf(lineBreak) + 1);
}

/** Flushes a log to the disk, so that what is written after it never tells of lines that a power cut took. */
export async function flushLines(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    throw fileFailure(path, 'written', error);
  }
}

/** The whole lines of a log as bytes, without a last one that has no end; none where there is no log. */
async function wholeLines(path: string): Promise<Buffer[]> {
  const bytes = await readFile(path).catch((error) => {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw fileFailure(path, 'read', error);
  });
  const lines: Buffer[] = [];
  for (
    let start = 0, end = bytes.indexOf(lineBreak);
    end >= 0;
    start = end + 1, end = bytes.indexOf(lineBreak, start)
  ) {
    lines.push(bytes.subarray(start, end + 1));
  }
  return lines;
}

/** The lines of a log, each checked by a schema; throws FileError with the number of a line that is wrong. */
export async function readLines<Line>(path: string, schema: z.ZodType<Line>): Promise<Line[]> {
  const lines = await wholeLines(path);
  return lines.map((bytes, index) => checked(`${path}:${index + 1}`, parseJson(`${path}:${index + 1}`, bytes), schema));
}

/**
 * Cuts a log back to the lines up to and with a step, where a run goes on from a checkpoint, and gives them: the log
 * of a resumed run then equals that of an uninterrupted one.
 */
export async function truncateAfter<Line extends { readonly step: number }>(
  path: string,
  step: number,
  schema: z.ZodType<Line>,
): Promise<Line[]> {
  const bytes = await wholeLines(path);
  const lines = await readLines(path, schema);
  const kept = (index: number) => (lines[index]?.step ?? 0) <= step;
  await writeAtomic(path, Buffer.concat(bytes.filter((_, index) => kept(index))));
  return lines.filter((_, index) => kept(index));
}
