import { open } from 'node:fs/promises';
import { FileError } from '../errors.ts';
import type { HostTensor } from '../host-tensor.ts';
import { bytesOfShape, type DtypeName, dtypeOf } from './dtype.ts';
import { fileFailure } from './failure.ts';
import { npyHeaderRange, npyStart, parseNpyHeader } from './npy-header.ts';
import { readRange } from './range.ts';

/** An open .npy file; nothing but its header is in memory until rows are read. */
export interface NpyFile {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  /** Rows `from` … `to` − 1 of the first dimension. */
  readRows(from: number, to: number): Promise<HostTensor>;
  close(): Promise<void>;
}

/** Opens a .npy file and checks its header against its size. Throws FileError. */
export async function openNpy(path: string): Promise<NpyFile> {
  const handle = await open(path, 'r').catch((error) => {
    throw fileFailure(path, 'read', error);
  });
  try {
    const { size } = await handle.stat();
    const begin = Buffer.from(await readRange(path, handle, 0, Math.min(size, npyStart)));
    const [start, end] = npyHeaderRange(path, begin, size);
    const text = Buffer.from(await readRange(path, handle, start, end - start)).toString('latin1');
    const { dtype, shape } = parseNpyHeader(path, text, size - end);
    const { width, decode } = dtypeOf(dtype);
    const rowBytes = bytesOfShape(shape.slice(1), width) ?? 0;
    return {
      dtype,
      shape,
      async readRows(from, to) {
        const data = decode?.(await readRange(path, handle, end + from * rowBytes, (to - from) * rowBytes));
        if (data === undefined || typeof data === 'string') throw new FileError(`${path}: ${data ?? 'cannot be read'}`);
        return { shape: [to - from, ...shape.slice(1)], data };
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
