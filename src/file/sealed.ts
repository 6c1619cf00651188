/** Tensors in a file that tells whether it is whole: the SHA-256 of metadata and tensors stands in its metadata. */
import { FileError } from '../errors.ts';
import type { HostTensor } from '../host-tensor.ts';
import { openSafetensors, writeSafetensors } from './safetensors.ts';
import { sha256, sha256Tensors } from './sha256.ts';

type Metadata = Readonly<Record<string, string>>;
type Tensors = Readonly<Record<string, HostTensor>>;

/** What a sealed file holds; its metadata without the seal. */
export interface Sealed {
  readonly tensors: Record<string, HostTensor>;
  readonly metadata: Metadata;
}

/** The seal of a content: of its metadata in the order of the keys, and of its tensors. */
const sealOf = (tensors: Tensors, metadata: Metadata): string =>
  sha256(JSON.stringify([Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)), sha256Tensors(tensors)]));

/** Writes tensors and metadata with their seal, atomically; the same content gives the same bytes. Throws FileError. */
export const writeSealed = (path: string, tensors: Tensors, metadata: Metadata): Promise<void> =>
  writeSafetensors(path, tensors, { metadata: { ...metadata, sha256: sealOf(tensors, metadata) } });

/** Reads a sealed file whole. Throws FileError where it cannot be read or a byte of its content is not as written. */
export async function readSealed(path: string): Promise<Sealed> {
  const file = await openSafetensors(path);
  const tensors = await file.readAll().finally(() => file.close());
  const { sha256: seal, ...metadata } = file.metadata;
  if (seal === undefined) throw new FileError(`${path}: expected a sha256 in its metadata, got none`);
  const found = sealOf(tensors, metadata);
  if (seal !== found)
    throw new FileError(`${path}: is corrupt: expected SHA-256 ${seal.slice(0, 12)}…, got ${found.slice(0, 12)}…`);
  return { tensors, metadata };
}

/** Whether a file is there, whole, and sealed with exactly this metadata: what resuming may keep. */
export async function isSealed(path: string, expected: Metadata): Promise<boolean> {
  try {
    const { metadata } = await readSealed(path);
    const names = Object.keys({ ...metadata, ...expected });
    return names.every((name) => metadata[name] === expected[name]);
  } catch (error) {
    if (error instanceof FileError) return false;
    throw error;
  }
}
