import type { HostTensor } from '../host-tensor.ts';
import type { TensorEntry } from './safetensors-header.ts';

/** An open file of tensors; nothing but its header is in memory until it is read. */
export interface SafetensorsFile {
  readonly header: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** One tensor; throws FileError when there is none of this name or its type cannot be read. */
  read(name: string): Promise<HostTensor>;
  /** Rows `from` … `to` − 1 of the first dimension. */
  readRows(name: string, from: number, to: number): Promise<HostTensor>;
  /** The bytes of a tensor as they lie in the file, whatever its type. */
  readBytes(name: string): Promise<Uint8Array>;
  readAll(): Promise<Record<string, HostTensor>>;
  /** One tensor of floating-point numbers into memory of its size, without a copy where it is F32. */
  readInto(name: string, into: Float32Array): Promise<void>;
  /**
   * Tensors of floating-point numbers, as float32 in one block of memory: the system takes a large block back at once,
   * while freed pieces of it stay with the process.
   */
  readFloats(names: readonly string[]): Promise<Record<string, HostTensor<Float32Array>>>;
  close(): Promise<void>;
}
