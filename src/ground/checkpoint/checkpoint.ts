import type { DtypeName } from '../file/dtype.ts';
import type { HostTensor } from '../host-tensor.ts';

/** What is known of a stored tensor before it is read. */
export interface CheckpointTensor {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
}

/** An open file, or folder of files, of foreign weights; only what describes them is in memory until they are read. */
export interface Checkpoint {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /**
   * One tensor widened to float32 (F64 is rounded). Throws FileError where there is none of this name, where its bytes
   * are not as they were written, or where it holds an integer that float32 cannot.
   */
  read(name: string): Promise<HostTensor<Float32Array>>;
  /** The bytes of a tensor in its own type: little-endian, row-major, whatever its strides were. */
  readBytes(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Which of the weights in a file are meant. */
export interface CheckpointOptions {
  /** Keys of the dictionaries of tensors in a PyTorch file, the most wanted first: `['model_ema', 'model']`. */
  readonly select?: readonly string[];
  /** The names that will be asked for; files of a sharded model that hold none of them are not opened. */
  readonly only?: (name: string) => boolean;
}
