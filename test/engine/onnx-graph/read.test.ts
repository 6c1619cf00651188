import { create } from '@bufbuild/protobuf';
import { TensorProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { bools, floats, int64, model, node, port, type Tensor, tensorProto, written } from './model.ts';
import { inputSpecs } from './specs.ts';

const x = port('x', ['batch', 2]);
const y = port('y', undefined);

test('a graph tells what its file says', async () => {
  const bytes = model(
    {
      node: [node('Neg', ['x'], ['unused']), node('Add', ['a', 'w'], ['y']), node('Relu', ['x'], ['a'])],
      initializer: [tensorProto('w', floats([2], 1, 2)), tensorProto('left', floats([1], 3))],
      input: [x, port('t', ['batch', '', 3], 'INT64'), port('w', [2])],
      output: [port('y', ['batch', 2])],
    },
    18,
    { producerName: 'pytorch', producerVersion: '2.13.0' },
  );
  const path = await written(bytes);
  const graph = await readOnnxGraph(path);
  expect(graph).toMatchObject({
    path,
    opset: 18,
    producer: 'pytorch 2.13.0',
    inputs: [
      { name: 'x', elementType: 'float32', dimensions: ['batch', 2] },
      { name: 't', elementType: 'int64', dimensions: ['batch', '?', 3] },
    ],
    outputs: [{ name: 'y', elementType: 'float32', dimensions: ['batch', 2] }],
    parameters: { w: { shape: [2], data: Float32Array.of(1, 2) } },
    storedTypes: { w: 'float32' },
  });
  expect(graph.nodes.map(({ name }) => name)).toEqual(['a', 'y']);
  expect(Object.keys(graph.parameters)).toEqual(['w']);
  expect(inputSpecs(graph, { batch: 'batch', '?': 4 })).toEqual({
    x: { shape: ['batch', 2], dtype: 'float32' },
    t: { shape: ['batch', 4, 3], dtype: 'int32' },
  });
  expect(() => inputSpecs(graph, { batch: 1 })).toThrow(new DataError(`${path}: input "t": expected a size for "?"`));
});

const stored: [string, Tensor][] = [
  ['float16', { type: 'FLOAT16', shape: [3], numbers: [0x3c00, 0xc100, 0x0001] }],
  ['bfloat16', { type: 'BFLOAT16', shape: [3], numbers: [0x3f80, 0xc020, 0x3380] }],
  ['float64', { type: 'DOUBLE', shape: [3], numbers: [1, -2.5, 2 ** -24] }],
  ['float32', floats([3], 1, -2.5, 2 ** -24)],
];

test.each(stored)('weights of %s become float32, and their type is remembered', async (type, tensor) => {
  const graph = { node: [node('Identity', ['w'], ['y'])], initializer: [tensorProto('w', tensor)], output: [y] };
  const { parameters, storedTypes } = await readOnnxGraph(await written(model(graph)));
  expect([...(parameters.w?.data ?? [])]).toEqual([1, -2.5, 2 ** -24]);
  expect(storedTypes).toEqual({ w: type });
});

test('elements that lie in fields of their type are read, too', async () => {
  const fields = [
    { name: 'a', dataType: 1, floatData: [1, 2] },
    { name: 'b', dataType: 11, doubleData: [1, 2] },
    { name: 'c', dataType: 10, int32Data: [0x3c00, 0x4000] },
    { name: 'd', dataType: 16, int32Data: [0x3f80, 0x4000] },
  ];
  const names = fields.map(({ name }) => name);
  const bytes = model({
    node: [node('Sum', names, ['y'])],
    initializer: fields.map((tensor) => create(TensorProtoSchema, { ...tensor, dims: [2n] })),
    output: [y],
  });
  const { parameters } = await readOnnxGraph(await written(bytes));
  for (const name of names) expect([...(parameters[name]?.data ?? [])], name).toEqual([1, 2]);
});

test('integers, booleans, numbers of the code, infinities and what operators must know are no parameters', async () => {
  const bytes = model({
    node: [
      node('Reshape', ['x', 'shape'], ['a']),
      node('Where', ['mask', 'a', 'low'], ['b']),
      node('Mul', ['b', 'val_3'], ['c']),
      node('Mul', ['c', 'scale.logit'], ['d']),
      node('Pad', ['d', 'pads', 'fill'], ['y']),
    ],
    initializer: [
      tensorProto('shape', int64(-1, 2)),
      tensorProto('mask', bools([2], 1, 0)),
      tensorProto('low', floats([2], -1, Number.NEGATIVE_INFINITY)),
      tensorProto('val_3', floats([], 1.5)),
      tensorProto('scale.logit', floats([], 2)),
      tensorProto('pads', int64(0, 0, 0, 1)),
      tensorProto('fill', floats([1], 7)),
    ],
    input: [x],
    output: [y],
  });
  const { parameters, constants } = await readOnnxGraph(await written(bytes));
  expect(Object.keys(parameters)).toEqual(['scale.logit']);
  expect([...constants.keys()]).toEqual(['shape', 'mask', 'low', 'val_3', 'pads', 'fill']);
});

test('weights whose names the exporter made up are told from those of modules and of products', async () => {
  const names = ['blocks_0.weight_1', 'positions', 'val_1', 'cos', 'onnx::Mul_3', 'val_2', 'onnx::MatMul_4'];
  const bytes = model({
    node: [
      node('Sum', ['x', ...names.slice(0, 5)], ['a']),
      node('MatMul', ['a', 'val_2'], ['b']),
      node('Gemm', ['b', 'onnx::MatMul_4'], ['y']),
    ],
    initializer: names.map((name) => tensorProto(name, floats([2, 2], 1, 2, 3, 4))),
    input: [x],
    output: [y],
  });
  const { parameters, madeUp } = await readOnnxGraph(await written(bytes));
  expect(Object.keys(parameters)).toEqual(names);
  expect(madeUp).toEqual(['val_1', 'cos', 'onnx::Mul_3']);
});
