import * as tf from '@tensorflow/tfjs';
import { GraphError } from '../../ground/errors.ts';
import type { HostData } from '../../ground/host-tensor.ts';
import { constant, constantData, type DType, hostData, scalar, type Value } from './graph.ts';
import { kernels } from './kernels/table.ts';
import { apply } from './operations.ts';
import { plain } from './size.ts';

/** The name under which the recording backend is known to tfjs. */
export const traceBackend = 'trace';

/**
 * A tfjs backend that computes nothing: each tensor stands for a value of the graph, each kernel records what it would
 * do. Tensors of other backends that take part become constants.
 */
class TraceBackend extends tf.KernelBackend {
  readonly #values = new Map<tf.DataId, Value>();

  /** The value that a tensor stands for. */
  recorded({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const known = this.#values.get(dataId);
    if (known !== undefined) return known;
    return constantOf(tf.engine().readSync(dataId), shape, dtype);
  }

  /** A tensor that stands for a value. */
  tensorOf(value: Value): tf.TensorInfo {
    const dataId = {};
    this.#values.set(dataId, value);
    return { dataId, shape: plain(value.shape), dtype: value.dtype };
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    return this.tensorOf(constantOf(values, shape, dtype)).dataId;
  }

  override move(dataId: tf.DataId, values: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    this.#values.set(dataId, constantOf(values, shape, dtype));
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    const data = constantData(this.#values.get(dataId));
    if (data !== undefined) return data;
    throw new GraphError('a traced function must not read the values of tensors (dataSync, arraySync, print)');
  }

  override async read(dataId: tf.DataId): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: tf.DataId): boolean {
    this.#values.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.#values.size;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }
}

const classes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Host values as a constant; many equal ones as one that is expanded, so that no constant carries a batch needlessly. */
function constantOf(values: tf.BackendValues, shape: readonly number[], dtype: tf.DataType): Value {
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new GraphError(`a traced function must use float32, int32 or bool tensors, got ${dtype}`);
  }
  const data = values instanceof classes[dtype] ? values : hostData(values as Iterable<number>, dtype);
  return data.length > 1 && isUniform(data)
    ? apply('Expand', [scalar(data[0] ?? 0, dtype satisfies DType)], { shape })
    : constant(data, shape);
}

/** Whether all elements are the same bits: then the bytes are themselves, moved by an element. (The tape makes big ones.) */
function isUniform({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: HostData): boolean {
  const rest = byteLength - BYTES_PER_ELEMENT;
  return Buffer.from(buffer, byteOffset, rest).equals(Buffer.from(buffer, byteOffset + BYTES_PER_ELEMENT, rest));
}

tf.registerBackend(traceBackend, () => new TraceBackend(), 0);
for (const [kernelName, record] of Object.entries(kernels)) {
  tf.registerKernel({
    kernelName,
    backendName: traceBackend,
    kernelFunc({ inputs, attrs, backend }) {
      const trace = backend as TraceBackend;
      const values = Object.entries(inputs).map(
        ([name, info]) => [name, trace.recorded(info as tf.TensorInfo)] as const,
      );
      const results = record(Object.fromEntries(values), attrs ?? {});
      return Array.isArray(results)
        ? results.map((value: Value) => trace.tensorOf(value))
        : trace.tensorOf(results as Value);
    },
  });
}

/** The recording backend; made on first use. */
export const theTraceBackend = (): TraceBackend => tf.findBackend(traceBackend) as TraceBackend;
