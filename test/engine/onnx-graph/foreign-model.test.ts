import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { openSession } from '../../../src/engine/onnx/session.ts';
import { readForeignModel } from '../../../src/engine/onnx-graph/foreign-model.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { attributeProto, floats, type GraphInit, model, node, port, tensorProto, written } from './model.ts';

const [x, y, z] = [port('x', ['batch', 2]), port('y', ['batch', 2]), port('z', ['batch', 2])];
const graph: GraphInit = {
  node: [node('Add', ['x', 'b'], ['y']), node('Neg', ['y'], ['z'])],
  ...{ input: [x], output: [y, z], initializer: [tensorProto('b', floats([2], 1, 2))] },
};

/** A tensor whose bytes are said to be in a file. */
const outside = (name: string, location: string) =>
  create(TensorProtoSchema, {
    ...{ name, dims: [2n], dataType: 1, dataLocation: TensorProto_DataLocation.EXTERNAL },
    externalData: [{ key: 'location', value: location }],
  });

async function run(path: string, output: string): Promise<number[]> {
  const { bytesFor } = await readForeignModel(path);
  const program = await openSession(
    bytesFor(output),
    { inputs: { x: { shape: ['batch', 2] } }, outputs: [output] },
    cpuEngine(),
  );
  const { [output]: found } = await program.run({ x: { shape: [1, 2], data: Float32Array.of(10, 20) } });
  await program.dispose();
  return [...(found?.data ?? [])];
}

describe('a foreign model', () => {
  it('has the ports of its file, its hash, and a program of one output', async () => {
    const path = await written(model(graph));
    const { inputs, outputs, hash, fileHash } = await readForeignModel(path);
    expect([inputs, outputs].map((ports) => ports.map(({ name }) => name))).toEqual([['x'], ['y', 'z']]);
    expect([hash, fileHash]).toEqual(Array(2).fill(await sha256File(path)));
    expect(await run(path, 'y')).toEqual([11, 22]);
    expect(await run(path, 'z')).toEqual([-11, -22]);
  });

  it('takes weights beside it, which are part of its hash', async () => {
    const path = await written(model({ ...graph, initializer: [outside('b', 'weights.bin')] }));
    const weights = join(dirname(path), 'weights.bin');
    await writeFile(weights, new Uint8Array(Float32Array.of(3, 4).buffer));
    const before = await readForeignModel(path);
    expect(before.fileHash).toBe(await sha256File(path));
    expect(await run(path, 'y')).toEqual([13, 24]);
    await writeFile(weights, new Uint8Array(Float32Array.of(3, 5).buffer));
    const after = await readForeignModel(path);
    expect([after.fileHash, after.hash === before.hash]).toEqual([before.fileHash, false]);
  });
});

describe('a foreign model is refused in one line', () => {
  const inside = attributeProto('value', floats([2], 1, 2));
  const cases: Record<string, [GraphInit, string]> = {
    'with weights outside its folder': [
      { ...graph, initializer: [outside('b', '../../etc/hostname')] },
      'initializer b: expected external data inside the model\'s folder, got "../../etc/hostname"',
    ],
    'with weights outside it in a node': [
      {
        ...graph,
        initializer: [],
        node: [
          node('Constant', [], ['b'], {}, { attribute: [{ ...inside, t: outside('hidden', 'weights.bin') }] }),
          ...(graph.node ?? []),
        ],
      },
      'tensor "hidden": expected external data with initializers of the graph only',
    ],
    'with a loop': [
      { ...graph, node: [...(graph.node ?? []), node('Loop', ['y', 'y'], ['l'])] },
      'node "l": expected a network without loops, got Loop',
    ],
    'with a loop in a branch': [
      {
        ...graph,
        node: [
          ...(graph.node ?? []),
          node(
            'If',
            ['y'],
            ['i'],
            {},
            {
              attribute: [{ name: 'then_branch', type: 5, g: { name: 't', node: [node('Scan', ['y'], ['s'])] } }],
            },
          ),
        ],
      },
      'node "s": expected a network without loops, got Scan',
    ],
    'without outputs': [{ ...graph, output: [] }, 'expected a graph with outputs'],
  };
  it.each(Object.entries(cases))('%s', async (_, [init, message]) => {
    const path = await written(model(init));
    await expect(readForeignModel(path)).rejects.toThrow(`${path}: ${message}`);
  });

  it('that is no file of ONNX', async () => {
    const path = await written(Buffer.from('<html>not found</html>'));
    await expect(readForeignModel(path)).rejects.toThrow(new RegExp(`^${path}: [^\n]*$`));
  });
});
