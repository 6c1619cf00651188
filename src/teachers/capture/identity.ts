import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { sha256File } from '../../ground/file/sha256.ts';
import type { Capture } from './capture.ts';

/** Captures of up to this many bytes are told apart by their content, larger ones by size and time of change. */
const HASHED_BYTES = 1 << 28;

/** SHA-256 of what tells a capture from another: its files' names and contents (of huge ones sizes and times). */
export async function captureHash({ shards }: Capture): Promise<string> {
  const names = new Set(shards.flatMap(({ tensors }) => [...tensors.values()].map(({ file }) => file)));
  const files = await Promise.all([...names].map(async (file) => ({ file, ...(await stat(file)) })));
  const whole = files.reduce((sum, { size }) => sum + size, 0) <= HASHED_BYTES;
  const hash = createHash('sha256').update('fewstep capture 1');
  for (const { file, size, mtimeMs } of files)
    hash.update(JSON.stringify([basename(file), size, whole ? await sha256File(file) : `changed ${mtimeMs}`]));
  return hash.digest('hex');
}
