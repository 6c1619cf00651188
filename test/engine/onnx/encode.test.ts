import { fromBinary } from '@bufbuild/protobuf';
import * as tf from '@tensorflow/tfjs';
import { ModelProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { traceToOnnx } from '../../../src/engine/compile.ts';
import type { TensorFunction } from '../../../src/engine/graph/program.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { openSession } from '../../../src/engine/onnx/session.ts';
import { filled } from '../graph/agreement.ts';

const attention: TensorFunction = ({ q, k }) => ({
  weights: tf.softmax(tf.matMul(q as tf.Tensor, k as tf.Tensor, false, true)),
  gated: tf.mul(q as tf.Tensor, tf.sigmoid(q as tf.Tensor)),
  largest: tf.max(q as tf.Tensor, -1),
});
const specs = { q: { shape: ['batch', 2, 3, 4] }, k: { shape: ['batch', 2, 3, 4] } } as const;

test('an export has only standard operators, opset 17 and IR 8', () => {
  const model = fromBinary(ModelProtoSchema, traceToOnnx(attention, specs, { standardOnly: true }));
  expect([model.irVersion, model.opsetImport.map(({ domain, version }) => [domain, version])]).toEqual([
    8n,
    [['', 17n]],
  ]);
  expect(new Set(model.graph?.node.map(({ domain }) => domain))).toEqual(new Set(['']));
  expect(model.graph?.node.map(({ opType }) => opType)).toEqual([
    'Transpose',
    'MatMul',
    'Softmax',
    'Sigmoid',
    'Mul',
    'ReduceMax',
  ]);
});

test('a program for here has opset 21, IR 10 and operators of com.microsoft', () => {
  const model = fromBinary(ModelProtoSchema, traceToOnnx(attention, specs, { standardOnly: false }));
  expect([model.irVersion, model.opsetImport.map(({ domain, version }) => [domain, version])]).toEqual([
    10n,
    [
      ['', 21n],
      ['com.microsoft', 1n],
    ],
  ]);
  expect(model.graph?.node.map(({ opType }) => opType)).toEqual(['FusedMatMul', 'Softmax', 'ReduceMax', 'QuickGelu']);
});

test('both forms give the same results', async () => {
  const results = [];
  for (const standardOnly of [true, false]) {
    const signature = { inputs: specs, outputs: ['weights', 'gated', 'largest'] };
    const program = await openSession(traceToOnnx(attention, specs, { standardOnly }), signature, cpuEngine());
    results.push(await program.run({ q: filled([2, 2, 3, 4], 1), k: filled([2, 2, 3, 4], 2) }));
    await program.dispose();
  }
  for (const name of ['weights', 'gated', 'largest']) {
    for (const [index, value] of results[0]?.[name]?.data.entries() ?? []) {
      expect(results[1]?.[name]?.data[index]).toBeCloseTo(value, 6);
    }
  }
});

test('the batch is a named dimension of inputs and outputs', () => {
  const model = fromBinary(ModelProtoSchema, traceToOnnx(attention, specs, { standardOnly: true }));
  const dims = (values: NonNullable<typeof model.graph>['input']) =>
    values.map(({ name, type }) => {
      const shape = type?.value.case === 'tensorType' ? type.value.value.shape?.dim : [];
      return `${name} ${shape?.map((dim) => dim.value.value)}`;
    });
  expect(dims(model.graph?.input ?? [])).toEqual(['q batch,2,3,4', 'k batch,2,3,4']);
  expect(dims(model.graph?.output ?? [])).toEqual(['weights batch,2,3,3', 'gated batch,2,3,4', 'largest batch,2,3']);
});

test('an export whose output has the name of an input is refused', () => {
  expect(() =>
    traceToOnnx(({ q }) => ({ q: tf.neg(q as tf.Tensor) }), { q: { shape: [1] } }, { standardOnly: true }),
  ).toThrow("output 'q': expected a name that no input has");
});
