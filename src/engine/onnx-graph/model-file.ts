import { open, stat } from 'node:fs/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { FileError, FlowError } from '../../ground/errors.ts';
import { fileFailure } from '../../ground/file/failure.ts';
import { readRange } from '../../ground/file/range.ts';
import { checkWire } from './wire-limits.ts';

/** Protobuf ends here: larger models keep their weights beside the file. */
const LONGEST = 2 ** 31 - 1;

/** An ordinary file's size in bytes. Throws FileError for folders, pipes and devices. */
export async function fileSize(path: string): Promise<number> {
  const found = await stat(path).catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  if (!found.isFile()) throw new FileError(`${path}: expected a file, got a folder, a pipe or a device`);
  return found.size;
}

/** Bytes of a file, which must have them. Throws FileError. */
export async function readPart(path: string, from: number, length: number): Promise<Uint8Array> {
  const handle = await open(path, 'r').catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  return readRange(path, handle, from, length).finally(() => handle.close());
}

/** The model of an ONNX file, decoded within bounds of memory. Throws FileError. */
export async function readModel(path: string): Promise<ModelProto> {
  const size = await fileSize(path);
  if (size === 0) throw new FileError(`${path}: not an ONNX file: it is empty`);
  if (size > LONGEST) throw new FileError(`${path}: expected at most ${LONGEST} bytes, got ${size}`);
  const bytes = await readPart(path, 0, size);
  try {
    checkWire(path, ModelProtoSchema, bytes);
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    if (cause instanceof FlowError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileError(`${path}: not a whole ONNX file: ${reason}`, { cause });
  }
}
