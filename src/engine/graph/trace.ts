import * as tf from '@tensorflow/tfjs';
import { GraphError } from '../../ground/errors.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { onBackend } from './backend.ts';
import { constant, type Graph, type Value } from './graph.ts';
import type { NamedTensors, TensorFunction, TensorSpec } from './program.ts';
import { plain } from './size.ts';
import { theTraceBackend, traceBackend } from './trace-backend.ts';

/**
 * Runs a function once on tensors that record what is done to them; gives the graph. `batch` is the size that stands
 * for the symbolic dimension. Constants keep their names. Throws a GraphError for what cannot be recorded.
 */
export function trace(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  constants: Parameters,
  batch: number,
): Graph {
  const inputs = Object.entries(specs).map(([name, spec]) => inputValue(name, spec, batch));
  const weights = Object.entries(constants).map(
    ([name, { data, shape }]) => [name, constant(data, shape, name)] as const,
  );
  return onBackend(traceBackend, () => {
    const backend = theTraceBackend();
    const tensors: NamedTensors = Object.fromEntries([
      ...weights.map(([name, value]) => [name, tensorOf(value)] as const),
      ...Object.keys(specs).map((name, index) => [name, tensorOf(inputs[index] as Value)] as const),
    ]);
    const results = recorded(() => fn(tensors));
    const outputs = Object.entries(results).map(([name, tensor]) => [name, backend.recorded(tensor)] as const);
    return { inputs, outputs: Object.fromEntries(outputs) };
  });
}

function inputValue(name: string, spec: TensorSpec, batch: number): Value {
  const shape = spec.shape.map((dimension) => (dimension === 'batch' ? batch : dimension));
  return { shape, dtype: spec.dtype ?? 'float32', source: { kind: 'input', name } };
}

function tensorOf(value: Value): tf.Tensor {
  const { dataId } = theTraceBackend().tensorOf(value);
  return tf.engine().makeTensorFromDataId(dataId, plain(value.shape), value.dtype, theTraceBackend());
}

function recorded<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const missing = /Kernel '(\w+)' not registered for backend 'trace'/.exec(
      error instanceof Error ? error.message : '',
    );
    if (missing === null || !(error instanceof Error)) throw error;
    const [, caller] = /at (?:\S+\.)?(\w+)__op /.exec(error.stack ?? '') ?? [];
    const operation = caller === undefined ? '' : ` (tf.${caller})`;
    throw new GraphError(`the tfjs kernel ${missing[1]}${operation} cannot be traced: no ONNX form of it is known`, {
      cause: error,
    });
  }
}
