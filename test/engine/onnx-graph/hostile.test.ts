import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { DataError, FileError } from '../../../src/ground/errors.ts';
import { floats, type GraphInit, model, node, port, tensorProto, written } from './model.ts';

const x = port('x', ['batch', 2]);
const y = port('y', ['batch', 2]);
const plain: GraphInit = { node: [node('Relu', ['x'], ['y'])], input: [x], output: [y] };

/** Expects one line of an error of the family, which begins with the path. */
async function expectRefusal(
  bytes: Uint8Array,
  message: string,
  kind: typeof DataError | typeof FileError = DataError,
) {
  const path = await written(bytes);
  const error = await readOnnxGraph(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(kind);
  expect((error as Error).message.replaceAll(path, 'head.onnx')).toBe(`head.onnx: ${message}`);
}

describe('a graph that is none is refused', () => {
  const cases: Record<string, [GraphInit, string]> = {
    'without outputs': [{ ...plain, output: [] }, 'expected a graph with outputs'],
    'of a name that nothing defines': [
      { ...plain, node: [node('Add', ['x', 'z'], ['y'])] },
      'node y (Add): nothing defines "z"',
    ],
    'of an output that nothing defines': [{ ...plain, node: [] }, 'output "y": nothing defines "y"'],
    'with a name twice': [
      { ...plain, node: [node('Relu', ['x'], ['y']), node('Neg', ['x'], ['y'])] },
      '"y" is defined more than once',
    ],
    'with an input that a node defines': [
      { ...plain, node: [node('Relu', ['x'], ['y']), node('Neg', ['y'], ['x'])] },
      '"x" is defined more than once',
    ],
    'that needs its own result': [
      { ...plain, node: [node('Add', ['x', 'b'], ['a']), node('Neg', ['a'], ['b']), node('Relu', ['b'], ['y'])] },
      'node b (Neg): it needs its own result',
    ],
    'of an operator that is unknown': [
      { ...plain, node: [node('Frobnicate', ['x'], ['y'])] },
      'node y (Frobnicate): this operator is not supported',
    ],
    'of control flow': [
      { ...plain, node: [node('If', ['x'], ['y'])] },
      'node y (If): control flow is not supported: export the model without it',
    ],
    'of sequences': [
      { ...plain, node: [node('SequenceConstruct', ['x'], ['y'])] },
      'node y (SequenceConstruct): sequences are not supported',
    ],
    'of quantised weights': [
      { ...plain, node: [node('DequantizeLinear', ['x', 'x'], ['y'])] },
      'node y (DequantizeLinear): quantised weights are not supported',
    ],
    'of random numbers': [
      { ...plain, node: [node('RandomNormalLike', ['x'], ['y'])] },
      'node y (RandomNormalLike): random numbers are not supported: make them inputs',
    ],
    'of another domain': [
      { ...plain, node: [node('FusedMatMul', ['x', 'x'], ['y'], {}, { domain: 'com.microsoft' })] },
      'node y (FusedMatMul): operators of the domain com.microsoft are not supported',
    ],
    'with an initializer twice': [
      { ...plain, initializer: [tensorProto('w', floats([1], 1)), tensorProto('w', floats([1], 1))] },
      '"w" is defined more than once',
    ],
    'with a reserved name': [
      { ...plain, initializer: [tensorProto('__proto__', floats([1], 1))] },
      'initializer "__proto__": the name is reserved',
    ],
    'of texts': [
      { ...plain, input: [port('x', [1], 'STRING')] },
      'input "x": elements of type string are not supported',
    ],
    'of a negative size': [{ ...plain, input: [port('x', [-1])] }, 'input "x": expected a size, got -1'],
  };
  test.each(Object.entries(cases))('%s', (_, [graph, message]) => expectRefusal(model(graph), message));

  test.each([12, 24])('of opset %i', (opset) =>
    expectRefusal(model(plain, opset), `expected opset 13 to 23, got ${opset}`),
  );
});

describe('an initializer that is none is refused', () => {
  const using = (initializer: Partial<ReturnType<typeof tensorProto>>): Uint8Array =>
    model({
      ...plain,
      node: [node('Add', ['x', 'w'], ['y'])],
      initializer: [create(TensorProtoSchema, { name: 'w', dataType: 1, ...(initializer as object) })],
    });
  const cases: Record<string, [Partial<ReturnType<typeof tensorProto>>, string]> = {
    'with too few bytes': [
      { dims: [2n, 2n], rawData: new Uint8Array(12) },
      'float32 of shape [2, 2] takes 16 bytes, got 12 bytes',
    ],
    'with too few elements': [{ dims: [3n], floatData: [1] }, 'float32 of shape [3] takes 12 bytes, got 1 elements'],
    'with a negative size': [{ dims: [-1n, 4n] }, 'expected sizes of a tensor, got [-1, 4]'],
    'with a huge size': [{ dims: [2n ** 62n, 4n] }, 'expected sizes of a tensor, got [4611686018427388000, 4]'],
    'with sizes whose product is huge': [
      { dims: [2n ** 31n, 2n ** 31n] },
      'expected sizes of a tensor, got [2147483648, 2147483648]',
    ],
    'of a declared terabyte': [
      { dims: [2n ** 38n] },
      'float32 of shape [274877906944] takes 1099511627776 bytes, got 0 bytes',
    ],
    'with a NaN': [{ dims: [2n], floatData: [1, Number.NaN] }, 'expected numbers, got NaN at element 1'],
    'of texts': [{ dims: [1n], dataType: 8 }, 'elements of type string are not supported'],
    'of four bits': [{ dims: [1n], dataType: 22 }, 'elements of type int4 are not supported'],
    'of a type that is none': [{ dims: [1n], dataType: 99 }, 'elements of type 99 are not supported'],
    'with its data twice': [{ dims: [1n], floatData: [1], rawData: new Uint8Array(4) }, 'it has its data twice'],
  };
  test.each(Object.entries(cases))('%s', (_, [tensor, message]) =>
    expectRefusal(using(tensor), `initializer "w": ${message}`),
  );
});

describe('external data is read from inside the folder alone', () => {
  const external = (entries: Record<string, string>, dims = [2n]) =>
    create(TensorProtoSchema, {
      name: 'w',
      dims,
      dataType: 1,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });
  const using = (...tensors: ReturnType<typeof external>[]): Uint8Array =>
    model({ ...plain, node: [node('Sum', ['x', ...tensors.map(({ name }) => name)], ['y'])], initializer: tensors });
  const outside = 'initializer "w": expected external data inside the model\'s folder, got ';
  const cases: Record<string, [ReturnType<typeof external>, string]> = {
    'not by an absolute path': [external({ location: '/etc/passwd' }), `${outside}"/etc/passwd"`],
    'not from above': [external({ location: '../w.data' }), `${outside}"../w.data"`],
    'not from above on the way': [external({ location: 'a/../../w.data' }), `${outside}"a/../../w.data"`],
    'not without a place': [external({}), `${outside}""`],
    'not at an offset that is none': [
      external({ location: 'w.data', offset: '-4' }),
      'initializer "w": expected a number of bytes as the external offset, got "-4"',
    ],
    'not of another length': [
      external({ location: 'w.data', length: '2147483648' }),
      'initializer "w": expected 8 bytes of external data, got 2147483648',
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [tensor, message]) => expectRefusal(using(tensor), message, FileError));

  test('where it lies, by offset and length', async () => {
    const path = await written(using(external({ location: 'weights/w.data', offset: '4', length: '8' })));
    await mkdir(join(dirname(path), 'weights'));
    await writeFile(join(dirname(path), 'weights/w.data'), new Uint8Array(Float32Array.of(1, 2, 3).buffer));
    expect([...((await readOnnxGraph(path)).parameters.w?.data ?? [])]).toEqual([2, 3]);
  });

  test('not past its end, of whatever size the tensor says to be', async () => {
    const path = await written(using(external({ location: 'w.data' }, [2n ** 38n])));
    await writeFile(join(dirname(path), 'w.data'), new Uint8Array(8));
    await expect(readOnnxGraph(path)).rejects.toThrow(/expected bytes 0 to 1099511627776 of .*w\.data, which has 8$/);
  });

  test('not through a link, nor where there is nothing, nor from a folder', async () => {
    const path = await written(using(external({ location: 'w.data' })));
    const place = join(dirname(path), 'w.data');
    await expect(readOnnxGraph(path)).rejects.toThrow(
      new FileError(`${place}: cannot be read: no such file or folder (ENOENT)`),
    );
    await symlink('/etc/passwd', place);
    await expect(readOnnxGraph(path)).rejects.toThrow(/expected a file inside .*, got a link to \/etc\/passwd$/);
    const folder = await written(using(external({ location: 'data' })));
    await mkdir(join(dirname(folder), 'data'));
    await expect(readOnnxGraph(folder)).rejects.toThrow(/expected a file, got a folder, a pipe or a device$/);
  });

  test('not one range for many tensors that overlap', async () => {
    const tensors = Array.from({ length: 4 }, (_, i) =>
      Object.assign(external({ location: 'w.data', offset: String(4 * i) }), { name: `w${i}` }),
    );
    const path = await written(using(...tensors));
    await writeFile(join(dirname(path), 'w.data'), new Uint8Array(20));
    await expect(readOnnxGraph(path)).rejects.toThrow(
      /initializer "w2": its external data overlaps that of other tensors$/,
    );
  });
});

describe('a file that is none is refused', () => {
  test('cut off anywhere', async () => {
    const whole = model({
      ...plain,
      node: [node('Add', ['x', 'w'], ['y'])],
      initializer: [tensorProto('w', floats([2], 1, 2))],
    });
    for (let length = 0; length < whole.length; length++) {
      const error = await readOnnxGraph(await written(whole.slice(0, length))).catch((reason: unknown) => reason);
      expect(error instanceof DataError || error instanceof FileError, `${length} bytes: ${error}`).toBe(true);
    }
  });

  test('of other bytes', async () => {
    const text = new TextEncoder().encode('{"format": "not a protobuf"}');
    await expect(readOnnxGraph(await written(text))).rejects.toBeInstanceOf(FileError);
  });

  test('that is a folder, or is not there', async () => {
    const path = await written(model(plain));
    await expect(readOnnxGraph(dirname(path))).rejects.toThrow(/expected a file, got a folder/);
    await expect(readOnnxGraph(`${path}.none`)).rejects.toThrow(/no such file or folder/);
  });

  test('longer than protobuf can be, without being read', async () => {
    const path = await written(model(plain));
    await truncate(path, 2 ** 32);
    await expect(readOnnxGraph(path)).rejects.toThrow(/expected at most 2147483647 bytes, got 4294967296$/);
  });

  /** A field of a message: its number, and its bytes. */
  const field = (number: number, content: Uint8Array): Buffer => {
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
    return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
  };

  test('of millions of empty nodes', async () => {
    const nodes = Buffer.alloc(4_000_000, field(1, new Uint8Array()));
    await expect(readOnnxGraph(await written(field(7, nodes)))).rejects.toThrow(/more than 1000000 messages$/);
  });

  test('of millions of numbers', async () => {
    const numbers = field(7, field(5, field(4, new Uint8Array(2 ** 25))));
    await expect(readOnnxGraph(await written(numbers))).rejects.toThrow(/more than 16777216 numbers outside raw data$/);
  });

  test('nested without end', async () => {
    let graph: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 10_000; depth++) graph = field(1, field(5, field(6, graph)));
    await expect(readOnnxGraph(await written(field(7, graph)))).rejects.toThrow(/messages nested deeper than 24$/);
  });
});
