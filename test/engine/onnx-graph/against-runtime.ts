import type * as tf from '@tensorflow/tfjs';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import * as ort from '../../../src/engine/onnx/runtime.ts';
import { onnxFunction } from '../../../src/engine/onnx-graph/onnx-function.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { eagerEngine, expectGradients, numbers, runOnce } from '../graph/agreement.ts';
import { type AttributeInit, model, node, port, type Tensor, tensorProto, written } from './model.ts';
import { expectNear } from './near.ts';

/** One node and its operands: what `data` holds are inputs of the model, what `fixed` holds is in it. */
export interface Case {
  readonly operator: string;
  /** Operands in their order: shapes of floats in [−2, 2), data, `{ fixed }`, or nothing. */
  readonly of: readonly (readonly number[] | Tensor | { readonly fixed: Tensor } | undefined)[];
  readonly attributes?: Readonly<Record<string, AttributeInit>>;
  readonly opsets?: readonly number[];
  readonly outputs?: number;
  /** The type of the results; FLOAT unless given. */
  readonly type?: Tensor['type'];
  readonly tolerance?: number;
  /** Whether gradients are compared with central differences. */
  readonly smooth?: boolean;
}

const isShape = (operand: object): operand is readonly number[] => Array.isArray(operand);

/** Floats in [−2, 2) of a shape. */
export const random = (shape: readonly number[], seed: number, low = -2, high = 2): Tensor => ({
  type: 'FLOAT',
  shape,
  numbers: [
    ...numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
      low,
      high,
    ),
  ],
});

function modelOf({ operator, of, attributes = {}, outputs = 1, type = 'FLOAT' }: Case, opset: number) {
  const operands = of.map((operand, index) => {
    const name = operand === undefined ? '' : `x${index}`;
    if (operand === undefined) return { name };
    if (isShape(operand)) return { name, data: random(operand, index + 1) };
    return 'fixed' in operand ? { name, fixed: operand.fixed } : { name, data: operand };
  });
  const names = Array.from({ length: outputs }, (_, index) => `y${index}`);
  const bytes = model(
    {
      node: [
        node(
          operator,
          operands.map(({ name }) => name),
          names,
          attributes,
        ),
      ],
      initializer: operands.flatMap(({ name, fixed }) => (fixed === undefined ? [] : [tensorProto(name, fixed)])),
      input: operands.flatMap(({ name, data }) => (data === undefined ? [] : [port(name, data.shape, data.type)])),
      output: names.map((name) => port(name, undefined, type)),
    },
    opset,
  );
  const data = operands.flatMap((operand) =>
    operand.data === undefined ? [] : [[operand.name, operand.data] as const],
  );
  return { bytes, data };
}

const toHost = ({ type, shape, numbers }: Tensor): HostTensor => {
  if (type === 'FLOAT') return { shape, data: Float32Array.from(numbers) };
  return { shape, data: type === 'BOOL' ? Uint8Array.from(numbers) : Int32Array.from(numbers) };
};

function toRuntime({ type, shape, numbers }: Tensor): ort.Tensor {
  if (type === 'FLOAT') return new ort.Tensor('float32', Float32Array.from(numbers), shape);
  if (type === 'BOOL') return new ort.Tensor('bool', Uint8Array.from(numbers), shape);
  return type === 'INT64'
    ? new ort.Tensor('int64', BigInt64Array.from(numbers, BigInt), shape)
    : new ort.Tensor('int32', Int32Array.from(numbers), shape);
}

/** Expects a model of one node to give what onnxruntime gives, eagerly and compiled, and right gradients. */
export async function expectRuntime(one: Case, opset: number): Promise<void> {
  const { bytes, data } = modelOf(one, opset);
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, graphOptimizationLevel: 'disabled' });
  const expected = await session.run(Object.fromEntries(data.map(([name, tensor]) => [name, toRuntime(tensor)])));
  await session.release();
  const graph = await readOnnxGraph(await written(bytes));
  const head = onnxFunction(graph);
  const fn: TensorFunction = (tensors) => head(tensors as Record<string, tf.Tensor>, tensors);
  const feeds = { ...Object.fromEntries(data.map(([name, tensor]) => [name, toHost(tensor)])), ...graph.parameters };
  for (const engine of [eagerEngine, cpuEngine()]) {
    const results = await runOnce(fn, feeds, engine);
    for (const [name, { dims, data: numbers }] of Object.entries(expected)) {
      const wanted = {
        shape: dims,
        data: Float64Array.from(numbers as Float32Array, Number) as unknown as Float32Array,
      };
      expectNear(results[name], wanted, one.tolerance ?? 1e-6, `${name} by ${engine.kind}`);
    }
  }
  if (one.smooth) await expectGradients(fn, feeds);
}

/** A case for each opset, with a name for the test. */
export const eachOpset = (cases: readonly Case[]): { name: string; one: Case; opset: number }[] =>
  cases.flatMap((one) =>
    (one.opsets ?? [17]).map((opset) => {
      const attributes = Object.entries(one.attributes ?? {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return { name: [one.operator, ...attributes].join(' '), one, opset };
    }),
  );
