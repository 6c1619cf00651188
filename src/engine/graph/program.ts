import type * as tf from '@tensorflow/tfjs';
import type { HostTensor } from '../../ground/host-tensor.ts';

/** Tensors of tfjs by name. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** A plain function on tfjs tensors: what is traced. It must not read values and must give every output a name. */
export type TensorFunction = (inputs: NamedTensors) => NamedTensors;

/** A dimension: a size, or `'batch'` for the one symbolic dimension of a program. */
export type Dimension = number | 'batch';

/** The type of an input of a program. `dtype` is float32 unless given. */
export interface TensorSpec {
  readonly shape: readonly Dimension[];
  readonly dtype?: 'float32' | 'int32' | 'bool';
}

/** A function with its input types and the names of its outputs, ready to be compiled, traced or run eagerly. */
export interface TypedFunction {
  readonly fn: TensorFunction;
  readonly specs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: readonly string[];
}

/** A compiled function: named inputs and outputs in ordinary memory. */
export interface Program {
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: readonly string[];
  /**
   * Runs once. `into` names outputs that are written into the given memory instead of newly allocated arrays (views
   * of an arena, say); they are returned too.
   */
  run(
    feeds: Readonly<Record<string, HostTensor>>,
    into?: Readonly<Record<string, HostTensor>>,
  ): Promise<Readonly<Record<string, HostTensor>>>;
  /** Frees the session. */
  dispose(): Promise<void>;
}

/** In which numbers the products with constant weights are made; everything else is float32. */
export type Precision = 'float32' | 'int8';

/** How programs run: `onnx` traces and compiles for onnxruntime, `tfjs` evaluates eagerly on an installed backend. */
export interface Engine {
  readonly kind: 'onnx' | 'tfjs';
  /** Of onnx: cpu, webgpu, cuda, coreml, dml; of tfjs: cpu, or tensorflow when a native package is installed. */
  readonly provider: string;
  /** Threads of one program. */
  readonly threads: number;
}

/** The engine that is always there. */
export const cpuEngine = (threads = 1): Engine => ({ kind: 'onnx', provider: 'cpu', threads });
