import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { HostTensor, Parameters } from '../host-tensor.ts';
import { fileFailure } from './failure.ts';

/** The SHA-256 of bytes or of a text in UTF-8, in hexadecimal. */
export const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

/** The SHA-256 of a file, read piece by piece. Throws FileError. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece);
  } catch (error) {
    throw fileFailure(path, 'read', error);
  }
  return hash.digest('hex');
}

/** The SHA-256 of named tensors, which are added in the order of their names: names, shapes and values. */
export function tensorHash(): { add: (name: string, tensor: HostTensor) => void; digest: () => string } {
  const hash = createHash('sha256');
  return {
    add: (name, { shape, data }) => {
      hash.update(`${JSON.stringify([name, data.constructor.name, shape])}\n`);
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    },
    digest: () => hash.digest('hex'),
  };
}

/** The SHA-256 of named tensors: names, shapes and values, in the order of the names. */
export function sha256Tensors(tensors: Readonly<Record<string, HostTensor>> | Parameters): string {
  const hash = tensorHash();
  for (const name of Object.keys(tensors).sort()) {
    const tensor = tensors[name];
    if (tensor !== undefined) hash.add(name, tensor);
  }
  return hash.digest();
}
