import type * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { cpuEngine, type TensorFunction } from '../../../src/engine/graph/program.ts';
import { onnxFunction } from '../../../src/engine/onnx-graph/onnx-function.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { eagerEngine, filled, runOnce } from '../graph/agreement.ts';
import {
  type AttributeInit,
  floats,
  type GraphInit,
  int64,
  integer,
  model,
  node,
  port,
  tensorProto,
  written,
} from './model.ts';
import { expectNear } from './near.ts';
import { inputSpecs } from './specs.ts';

const y = port('y', undefined);
const read = async (graph: GraphInit, opset = 17) => readOnnxGraph(await written(model(graph, opset)));
const functionOf = (graph: Awaited<ReturnType<typeof read>>): TensorFunction => {
  const head = onnxFunction(graph);
  return (tensors) => head(tensors as Record<string, tf.Tensor>, tensors);
};

describe('a symbolic batch', () => {
  /** Graphs of x [batch, 3, 4] whose sizes are computed while tracing. */
  const graphs: Record<string, GraphInit> = {
    'in a shape that is computed': {
      node: [
        node('Shape', ['x'], ['shape'], { start: 0, end: 1 }),
        node('Concat', ['shape', 'rest'], ['target'], { axis: 0 }),
        node('Reshape', ['x', 'target'], ['y']),
      ],
      initializer: [tensorProto('rest', int64(12))],
    },
    'in a mask that is expanded': {
      node: [
        node('Shape', ['x'], ['shape'], { start: 0, end: 1 }),
        node('Concat', ['shape', 'square'], ['target'], { axis: 0 }),
        node('ConstantOfShape', ['square'], ['ones'], { value: floats([1], 1) }),
        node('Trilu', ['ones'], ['mask'], { upper: 0 }),
        node('Expand', ['mask', 'target'], ['masks']),
        node('MatMul', ['masks', 'x'], ['y']),
      ],
      initializer: [tensorProto('square', int64(3, 3))],
    },
    'in a number that divides': {
      node: [
        node('Size', ['x'], ['size']),
        node('Cast', ['size'], ['count'], { to: 1 }),
        node('Div', ['x', 'count'], ['y']),
      ],
    },
    'in rows that are replaced': {
      node: [
        node('Shape', ['x'], ['batch'], { start: 0, end: 1 }),
        node('Squeeze', ['batch'], ['limit']),
        node('Range', ['zero', 'limit', 'one'], ['rows']),
        node('Unsqueeze', ['rows', 'column'], ['columns']),
        node('Pad', ['columns', 'pads', 'one'], ['indices']),
        node('Unsqueeze', ['indices', 'first'], ['places']),
        node('Slice', ['x', 'first', 'second', 'first'], ['updates']),
        node('ScatterND', ['x', 'places', 'updates'], ['y']),
      ],
      initializer: [
        tensorProto('zero', integer(0)),
        tensorProto('one', integer(1)),
        tensorProto('column', int64(1)),
        tensorProto('pads', int64(0, 0, 0, 1)),
        tensorProto('first', int64(1)),
        tensorProto('second', int64(2)),
      ],
    },
  };
  test.each(Object.entries(graphs))('%s gives what eager evaluation does', async (_, graph) => {
    const read1 = await read({ ...graph, input: [port('x', ['n', 3, 4])], output: [y] });
    const fn = functionOf(read1);
    const program = await compile(fn, inputSpecs(read1, { n: 'batch' }), { engine: cpuEngine() });
    for (const batch of [1, 5]) {
      const feeds = { x: filled([batch, 3, 4], batch) };
      expectNear((await program.run(feeds)).y, (await runOnce(fn, feeds, eagerEngine)).y, 1e-6);
    }
    await program.dispose();
  });
});

describe('what does not fit names the node', () => {
  const failing = (
    op: string,
    inputs: string[],
    attributes: Record<string, AttributeInit> = {},
    initializer: GraphInit['initializer'] = [],
  ): GraphInit => ({
    node: [node(op, inputs, ['y'], attributes)],
    initializer,
    input: [port('x', [2, 3]), port('z', [4]), port('i', [2], 'INT64')].filter(({ name }) =>
      inputs.includes(name ?? ''),
    ),
    output: [y],
  });
  const cases: Record<string, [GraphInit, string]> = {
    shapes: [failing('Add', ['x', 'z']), 'node y (Add): shapes [2, 3] and [4] do not broadcast'],
    products: [failing('MatMul', ['x', 'z']), 'node y (MatMul): shapes [2, 3] and [4] do not multiply'],
    'a shape': [
      failing('Reshape', ['x', 's'], {}, [tensorProto('s', int64(4, -1))]),
      'node y (Reshape): shape [2, 3] cannot become [4, -1]',
    ],
    'an axis': [failing('Softmax', ['x'], { axis: 2 }), 'node y (Softmax): expected an axis of 2 dimensions, got 2'],
    'an attribute': [failing('Softmax', ['x'], { axes: [1] }), 'node y (Softmax): attribute axes is not supported'],
    "an attribute's type": [
      failing('Softmax', ['x'], { axis: 'last' }),
      'node y (Softmax): attribute axis: expected int, got text',
    ],
    'the number of inputs': [failing('Relu', ['x', 'z']), 'node y (Relu): expected 1 inputs, got 2'],
    types: [failing('Add', ['x', 'i']), 'node y (Add): expected inputs of one type, got floats and integers'],
    'integers where there are to be floats': [
      failing('Sigmoid', ['i']),
      'node y (Sigmoid): expected input 1 to hold floats, got integers',
    ],
    'sizes that depend on data': [
      failing('Expand', ['x', 'i']),
      'node y (Expand): expected input 2 to be known before it is run, got what depends on data',
    ],
    'sizes that are too large': [
      failing('Expand', ['x', 's'], {}, [tensorProto('s', int64(1_000_000, 1_000_000, 2, 3))]),
      'node y (Expand): expected at most 268435456 elements, got shape [1000000, 1000000, 2, 3]',
    ],
    'ranges that are too large': [
      failing('Range', ['a', 'b', 'c'], {}, [
        tensorProto('a', integer(0)),
        tensorProto('b', integer(1e15)),
        tensorProto('c', integer(1)),
      ]),
      'node y (Range): expected at most 16777216 elements, got shape [1000000000000000]',
    ],
    'a constant of a shape that is too large': [
      failing('ConstantOfShape', ['s'], {}, [tensorProto('s', int64(1e9, 1e9))]),
      'node y (ConstantOfShape): expected at most 16777216 elements, got shape [1000000000, 1000000000]',
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [graph, message]) => {
    const found = await read(graph);
    const specs = inputSpecs(found, {});
    const run = compile(functionOf(found), specs, { engine: cpuEngine(), constants: found.parameters });
    await expect(run).rejects.toThrow(new DataError(`${found.path}: ${message}`));
  });

  test('parameters and inputs of other shapes and types', async () => {
    const found = await read({
      node: [node('Add', ['x', 'w'], ['a']), node('Add', ['a', 'z'], ['y'])],
      initializer: [tensorProto('w', floats([2], 1, 2))],
      input: [port('x', ['n', 2]), port('z', ['n', 2])],
      output: [y],
    });
    const fn = functionOf(found);
    const feeds = { x: filled([3, 2], 1), z: filled([3, 2], 2), w: filled([2], 3) };
    const refusals: [object, string][] = [
      [{ w: filled([3], 1) }, 'parameter "w": expected [2], got [3]'],
      [{ x: filled([3, 4], 1) }, 'input "x": expected [n, 2], got [3, 4]'],
      [{ z: filled([4, 2], 1) }, 'input "z": expected [n, 2], got [4, 2]'],
      [{ x: { shape: [3, 2], data: new Int32Array(6) } }, 'input "x": expected float32, got int32'],
    ];
    for (const [other, message] of refusals)
      await expect(runOnce(fn, { ...feeds, ...other }, cpuEngine())).rejects.toThrow(
        new DataError(`${found.path}: ${message}`),
      );
    await expect(runOnce(fn, { x: feeds.x, z: feeds.z }, cpuEngine())).rejects.toThrow(
      /parameter "w": expected a tensor \[2\], got none$/,
    );
  });
});
