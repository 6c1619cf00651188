/** A student's files on a machine and in a store. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { unitSet } from '../../../src/tasks/store/sets.ts';
import { type Machine, run, write } from './two-machines.ts';

/** The set, its folder, and its files. */
export const student = unitSet({ kind: 'students', id: 'one-seed1' });
export const folder = 'training/one-seed1';
export const trained = {
  [`${folder}/student.safetensors`]: 'weights',
  [`${folder}/metrics.jsonl`]: '{"step":1}\n',
  [`${folder}/manifest.json`]: 'manifest',
};

/** Writes files of the run. */
export async function writeAll(machine: Pick<Machine, 'path'>, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) await write(machine, path, text);
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The content of the weights in a store's folder, and what it says of the set. */
export const weightsIn = (root: string): string =>
  join(root, run, 'files', folder, 'student.safetensors', sha256('weights'));
export const entryIn = (root: string): string => join(root, run, 'sets/students/one-seed1.json');
