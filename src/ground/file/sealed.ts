/** Tensors in a file that tells whether it is whole: the SHA-256 of metadata and tensors stands in its metadata. */
import { FileError } from '../errors.ts';
import type { HostTensor } from '../host-tensor.ts';
import { openSafetensors, writeSafetensors } from './safetensors.ts';
import { sha256, sha256Tensors, tensorHash } from './sha256.ts';

type Metadata = Readonly<Record<string, string>>;
type Tensors = Readonly<Record<string, HostTensor>>;

/** What a sealed file holds; its metadata without the seal. */
export interface Sealed {
  readonly tensors: Record<string, HostTensor>;
  readonly metadata: Metadata;
}

/** The seal of a content: of its metadata in the order of the keys, and of its tensors. */
const sealOf = (tensors: Tensors, metadata: Metadata): string => sealed(sha256Tensors(tensors), metadata);

const sealed = (tensors: string, metadata: Metadata): string =>
  sha256(JSON.stringify([Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)), tensors]));

/** Writes tensors and metadata with their seal, atomically; the same content gives the same bytes. Throws FileError. */
export const writeSealed = (path: string, tensors: Tensors, metadata: Metadata): Promise<void> =>
  writeSafetensors(path, tensors, { metadata: { ...metadata, sha256: sealOf(tensors, metadata) } });

/** Reads a sealed file whole. Throws FileError where it cannot be read or a byte of its content is not as written. */
export async function readSealed(path: string): Promise<Sealed> {
  const file = await openSafetensors(path);
  const tensors = await file.readAll().finally(() => file.close());
  const metadata = unsealed(path, file.metadata, () => sha256Tensors(tensors));
  return { tensors, metadata };
}

/**
 * Reads a sealed file into the memory of given tensors, which must be its very tensors, one after another; gives its
 * metadata. Throws FileError as `readSealed`, and where a tensor is missing, unknown or of another shape; the memory
 * then holds anything.
 */
export async function readSealedInto(
  path: string,
  into: Readonly<Record<string, HostTensor<Float32Array>>>,
): Promise<Metadata> {
  const file = await openSafetensors(path);
  try {
    for (const name of new Set([...Object.keys(into), ...file.header.keys()])) {
      const [expected, found] = [into[name]?.shape, file.header.get(name)];
      if (expected !== undefined && found?.dtype === 'F32' && found.shape.join() === expected.join()) continue;
      const wanted = expected === undefined ? 'none' : `float32 [${expected}]`;
      throw new FileError(
        `${path}: tensor ${name}: expected ${wanted}, got ${found === undefined ? 'none' : `${found.dtype} [${found.shape}]`}`,
      );
    }
    const hash = tensorHash();
    for (const name of Object.keys(into).sort()) {
      const tensor = into[name];
      if (tensor === undefined) continue;
      await file.readInto(name, tensor.data);
      hash.add(name, tensor);
    }
    return unsealed(path, file.metadata, hash.digest);
  } finally {
    await file.close();
  }
}

/** The metadata without the seal. Throws FileError where the seal is missing or another than that of the content. */
function unsealed(path: string, { sha256: seal, ...metadata }: Metadata, tensors: () => string): Metadata {
  if (seal === undefined) throw new FileError(`${path}: expected a sha256 in its metadata, got none`);
  const found = sealed(tensors(), metadata);
  if (seal !== found) throw new FileError(`${path}: is damaged: its content is not what was written`);
  return metadata;
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
