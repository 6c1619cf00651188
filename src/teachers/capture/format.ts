import { basename, extname } from 'node:path';
import { DataError } from '../../ground/errors.ts';
import type { DtypeName } from '../../ground/file/dtype.ts';
import { openNpy } from '../../ground/file/npy-rows.ts';
import { quoted } from '../../ground/file/quoted.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { type CaptureTensorName, captureTensorNames, isCaptureTensor } from './tensors.ts';

/** A tensor's element type and shape as its file states them. */
export interface TensorType {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
}

/** An open file of a capture. */
export interface OpenFile {
  readonly tensors: ReadonlyMap<CaptureTensorName, TensorType>;
  /** Rows `from` … `to` − 1 of a tensor. */
  readonly readRows: (name: CaptureTensorName, from: number, to: number) => Promise<HostTensor>;
  readonly close: () => Promise<void>;
}

/** How files of an ending are read, and what shard of the capture they belong to. */
interface Format {
  readonly shard: (file: string) => string;
  readonly open: (path: string) => Promise<OpenFile>;
}

const known = captureTensorNames.join(', ');

/** `conditional.npy`, `conditional-0001.npy`: the tensor's name, and the shard's behind it. */
const npyName = new RegExp(`^(${captureTensorNames.join('|')})(?:[-_.](.+))?\\.npy$`);

function npyParts(file: string): { readonly name: CaptureTensorName; readonly shard: string } {
  const [, name = '', shard = ''] = npyName.exec(basename(file)) ?? [];
  if (isCaptureTensor(name)) return { name, shard };
  throw new DataError(`${file}: expected a name such as conditional-0001.npy, of one of ${known}`);
}

const formats: Readonly<Record<string, Format>> = {
  '.safetensors': {
    shard: (file) => basename(file, '.safetensors'),
    open: async (path) => {
      const file = await openSafetensors(path);
      const unknown = [...file.header.keys()].find((name) => !isCaptureTensor(name));
      if (unknown !== undefined) {
        await file.close();
        throw new DataError(`${path}: tensor ${quoted(unknown)}: expected one of ${known}`);
      }
      const tensors = file.header as ReadonlyMap<CaptureTensorName, TensorType>;
      return { tensors, readRows: file.readRows, close: file.close };
    },
  },
  '.npy': {
    shard: (file) => npyParts(file).shard,
    open: async (path) => {
      const { name } = npyParts(path);
      const { dtype, shape, readRows, close } = await openNpy(path);
      return { tensors: new Map([[name, { dtype, shape }]]), readRows: (_, from, to) => readRows(from, to), close };
    },
  },
};

/** The format of a file by its ending, if it is one that captures are made of. */
export const formatOf = (file: string): Format | undefined => formats[extname(file)];
