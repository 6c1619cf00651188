import { create } from '@bufbuild/protobuf';
import type * as tf from '@tensorflow/tfjs';
import { AttributeProto_AttributeType, AttributeProtoSchema, FunctionProtoSchema, NodeProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import * as ort from '../../../src/engine/onnx/runtime.ts';
import { onnxFunction } from '../../../src/engine/onnx-graph/onnx-function.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { eagerEngine, filled, runOnce } from '../graph/agreement.ts';
import { attributeProto, model, node, port, written } from './model.ts';
import { expectNear } from './near.ts';

const domain = 'local.functions';
const imports = [
  { domain: '', version: 17n },
  { domain, version: 1n },
];
const graph = (...nodes: ReturnType<typeof node>[]) => ({
  node: nodes,
  input: [port('x', [2, 3])],
  output: [port('y', [2, 3])],
});

/** A node's attribute that is one of the function's. */
const reference = (name: string, to: string) =>
  create(AttributeProtoSchema, { name, refAttrName: to, type: AttributeProto_AttributeType.FLOAT });

const leaky = create(FunctionProtoSchema, {
  name: 'Leaky',
  domain,
  input: ['a', 'b'],
  output: ['out', 'other'],
  attribute: ['slope'],
  attributeProto: [attributeProto('sharpness', { float: 0.3 })],
  opsetImport: imports,
  node: [
    create(NodeProtoSchema, {
      opType: 'LeakyRelu',
      input: ['a'],
      output: ['x'],
      attribute: [reference('alpha', 'slope')],
    }),
    create(NodeProtoSchema, {
      opType: 'Elu',
      input: ['x'],
      output: ['y'],
      attribute: [reference('alpha', 'sharpness')],
    }),
    create(NodeProtoSchema, { opType: 'Add', input: ['y', 'b'], output: ['out'] }),
    create(NodeProtoSchema, { opType: 'Neg', input: ['out'], output: ['other'] }),
  ],
});

const twice = create(FunctionProtoSchema, {
  name: 'Twice',
  domain,
  input: ['a'],
  output: ['b'],
  opsetImport: imports,
  node: [
    create(NodeProtoSchema, {
      opType: 'Leaky',
      domain,
      input: ['a', 'a'],
      output: ['x', 'left'],
      attribute: [attributeProto('slope', { float: 0.2 })],
    }),
    create(NodeProtoSchema, { opType: 'Leaky', domain, input: ['x', 'a'], output: ['unused', 'b'] }),
  ],
});

test('functions of a model are inlined, with their attributes, names and functions inside', async () => {
  const bytes = model(
    graph(node('Twice', ['x'], ['a'], {}, { domain }), node('Twice', ['a'], ['y'], {}, { domain })),
    17,
    { functions: [leaky, twice], opsetImport: imports },
  );
  const found = await readOnnxGraph(await written(bytes));
  const x = filled([2, 3], 1);
  const head = onnxFunction(found);
  const results = await runOnce((tensors) => head({}, tensors as Record<string, tf.Tensor>), { x }, eagerEngine);
  const session = await ort.InferenceSession.create(bytes);
  const { y } = await session.run({ x: new ort.Tensor('float32', x.data, x.shape) });
  await session.release();
  expectNear(results.y, { shape: [2, 3], data: y?.data as Float32Array }, 1e-6);
  expect(found.nodes[0]?.name).toBe('a/x/x');
});

describe('functions that do not end are refused', () => {
  const calling = (name: string, ...callees: string[]) =>
    create(FunctionProtoSchema, {
      name,
      domain,
      input: ['a'],
      output: ['b'],
      opsetImport: imports,
      node: callees.map((opType, index) =>
        create(NodeProtoSchema, {
          opType,
          domain,
          input: [index === 0 ? 'a' : `t${index - 1}`],
          output: [index === callees.length - 1 ? 'b' : `t${index}`],
        }),
      ),
    });
  const refusal = async (...functions: ReturnType<typeof calling>[]): Promise<string> => {
    const bytes = model(graph(node('F0', ['x'], ['y'], {}, { domain })), 17, { functions, opsetImport: imports });
    const path = await written(bytes);
    const error = await readOnnxGraph(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message.replace(path, 'head.onnx');
  };

  test('since they call themselves', async () => {
    expect(await refusal(calling('F0', 'F1'), calling('F1', 'F0'))).toMatch(
      /node .* \(F0\): functions call each other deeper than 32$/,
    );
  });

  test('since they call themselves more than once', async () => {
    expect(await refusal(calling('F0', 'F0', 'F0', 'F0'))).toMatch(/functions call each other deeper than 32$/);
  });

  test('since each calls the next many times', async () => {
    const functions = Array.from({ length: 30 }, (_, index) =>
      index === 29 ? calling(`F${index}`) : calling(`F${index}`, ...Array.from({ length: 8 }, () => `F${index + 1}`)),
    );
    expect(await refusal(...functions)).toBe('head.onnx: expected at most 100000 nodes, got more');
  });

  test('with more inputs than they have', async () => {
    const bytes = model(graph(node('F0', ['x', 'x'], ['y'], {}, { domain })), 17, { functions: [calling('F0', 'F1')] });
    await expect(readOnnxGraph(await written(bytes))).rejects.toThrow(
      /node y \(F0\): expected at most 1 inputs and 1 outputs, as the function has$/,
    );
  });
});
