import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { writeNpy } from '../../../src/ground/file/npy.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';

/** A folder that is deleted after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-capture-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A tensor of floats whose row r, column c is start + 100·r + c. */
export const counted = (rows: number, columns: number, start = 0): HostTensor<Float32Array> => ({
  shape: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, (_, i) => start + 100 * Math.floor(i / columns) + (i % columns)),
});

/** Whole numbers [N]. */
export const integers = (numbers: readonly number[]): HostTensor<Int32Array> => ({
  shape: [numbers.length],
  data: Int32Array.from(numbers),
});

/** A capture of safetensors shards and .npy files by their names in a new folder. */
export async function captureOf(files: Readonly<Record<string, Readonly<Record<string, HostTensor>> | HostTensor>>) {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files))
    if (name.endsWith('.npy')) await writeNpy(join(folder, name), content as HostTensor);
    else await writeSafetensors(join(folder, name), content as Record<string, HostTensor>);
  return folder;
}
