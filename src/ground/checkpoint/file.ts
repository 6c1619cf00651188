import { FileError } from '../errors.ts';
import type { Checkpoint, CheckpointOptions } from './checkpoint.ts';
import { openSafetensorsWeights } from './safetensors-weights.ts';
import { openSource } from './source.ts';
import { openLegacyFile } from './torch/legacy-file.ts';
import { openZipFile } from './torch/zip-file.ts';

/** A format of weights in one file, recognized by its first bytes. */
interface Format {
  readonly name: string;
  matches(head: Uint8Array): boolean;
  open(path: string, options: CheckpointOptions): Promise<Checkpoint>;
}

const startsWith =
  (...bytes: readonly number[]) =>
  (head: Uint8Array) =>
    bytes.every((byte, index) => head[index] === byte);

const formats: readonly Format[] = [
  { name: 'safetensors', matches: (head) => head[8] === 0x7b, open: openSafetensorsWeights }, // "{" after the length
  { name: 'a zip file of PyTorch', matches: startsWith(0x50, 0x4b, 3, 4), open: openZipFile },
  { name: 'a pickle of PyTorch', matches: startsWith(0x80), open: openLegacyFile },
];

async function headOf(path: string): Promise<Uint8Array> {
  const source = await openSource(path);
  return source.read(0, Math.min(source.size, 16)).finally(() => source.close());
}

/** Opens the weights of one file by what it holds, whatever its name. Throws FileError. */
export async function openFile(path: string, options: CheckpointOptions): Promise<Checkpoint> {
  const head = await headOf(path);
  const format = formats.find(({ matches }) => matches(head));
  if (format === undefined) {
    const start = Buffer.from(head.subarray(0, 8)).toString('hex') || 'nothing';
    throw new FileError(`${path}: expected ${formats.map(({ name }) => name).join(' or ')}, starts with ${start}`);
  }
  return format.open(path, options);
}
