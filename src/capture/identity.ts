import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { sha256File } from '../file/sha256.ts';
import type { Capture } from './capture.ts';

/** Files of up to this many bytes are told apart by their content, larger ones by size and time of change. */
const HASHED_BYTES = 1 << 28;

/** SHA-256 of what tells a capture from another: its files' names and contents (of huge ones size and time). */
export async function captureHash({ shards }: Capture): Promise<string> {
  const files = new Set(shards.flatMap(({ tensors }) => [...tensors.values()].map(({ file }) => file)));
  const hash = createHash('sha256').update('fewstep capture 1');
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    const content = size <= HASHED_BYTES ? await sha256File(file) : `changed ${mtimeMs}`;
    hash.update(JSON.stringify([basename(file), size, content]));
  }
  return hash.digest('hex');
}
