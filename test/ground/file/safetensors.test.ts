import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { type HostTensor, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-safetensors-'));
  path = join(folder, 'a.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

/** A file of a header, as text or value, and bytes of data. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}
const entry = (dtype: string, shape: unknown, from: unknown, to: unknown) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

const tensors: Record<string, HostTensor> = {
  'blocks.0.weight': { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-40, Number.NaN, Number.NEGATIVE_INFINITY, -0) },
  'blocks.0.bias': { shape: [3], data: Float32Array.of(0.1, 0.2, 0.3) },
  step: { shape: [], data: Int32Array.of(-7) },
  mask: { shape: [5], data: Uint8Array.of(1, 0, 1, 1, 0) },
  none: { shape: [0, 4], data: new Float32Array(0) },
};

describe('writeSafetensors and openSafetensors', () => {
  it('give back tensors, metadata and header', async () => {
    await writeSafetensors(path, tensors, { metadata: { made: 'here', at: 'größe' } });
    const file = await openSafetensors(path);
    expect(await file.readAll()).toEqual(tensors);
    expect(file.metadata).toEqual({ made: 'here', at: 'größe' });
    expect([...file.header.keys()]).toEqual(['blocks.0.bias', 'blocks.0.weight', 'none', 'step', 'mask']);
    expect(file.header.get('mask')).toEqual({ dtype: 'U8', shape: [5], offsets: [40, 45] });
    await file.close();
  });

  it('give the same bytes whatever the order of the tensors, with data at a multiple of 8', async () => {
    await writeSafetensors(path, tensors, { metadata: { a: '1', b: '2' } });
    const bytes = await readFile(path);
    await writeSafetensors(path, Object.fromEntries(Object.entries(tensors).reverse()), {
      metadata: { b: '2', a: '1' },
    });
    expect(await readFile(path)).toEqual(bytes);
    expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
  });

  it('write the bytes of the known file', async () => {
    await writeSafetensors(path, {
      b: { shape: [1], data: Float32Array.of(1) },
      a: { shape: [2], data: Int32Array.of(1, 2) },
    });
    const header =
      '{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}';
    const data = Buffer.from('01000000020000000000803f', 'hex');
    expect(await readFile(path)).toEqual(fileOf(header.padEnd(Math.ceil(header.length / 8) * 8), data));
  });

  it('read rows of a tensor without the rest', async () => {
    await writeSafetensors(path, tensors, { dtypes: { 'blocks.0.weight': 'BF16' } });
    const file = await openSafetensors(path);
    expect(await file.readRows('blocks.0.weight', 1, 2)).toEqual({
      shape: [1, 3],
      data: Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, -0),
    });
    expect(await file.readRows('mask', 2, 2)).toEqual({ shape: [0], data: new Uint8Array(0) });
    await expect(file.readRows('mask', 2, 6)).rejects.toThrow('a.safetensors: tensor "mask": rows 2 to 6 of shape [5]');
    await expect(file.readRows('step', 0, 1)).rejects.toThrow('rows 0 to 1 of shape []');
    await expect(file.read('toString')).rejects.toThrow('tensor "toString": there is none of this name');
    await file.close();
  });

  it('round F16 and BF16 to the nearest and write BOOL', async () => {
    const data = Float32Array.of(1 / 3, 65519, 65520, 2 ** -24, -1e-9);
    await writeSafetensors(
      path,
      { half: { shape: [5], data }, brain: { shape: [5], data }, bool: { shape: [2], data: Uint8Array.of(0, 1) } },
      { dtypes: { half: 'F16', brain: 'BF16', bool: 'BOOL' } },
    );
    const file = await openSafetensors(path);
    expect([...file.header.values()].map(({ dtype }) => dtype)).toEqual(['BF16', 'F16', 'BOOL']);
    expect([...(await file.read('half')).data]).toEqual([
      0.333251953125,
      65504,
      Number.POSITIVE_INFINITY,
      2 ** -24,
      -0,
    ]);
    const brain = [...(await file.read('brain')).data];
    expect(brain.slice(0, 4)).toEqual([0.333984375, 65536, 65536, 2 ** -24]);
    expect(await file.read('bool')).toEqual({ shape: [2], data: Uint8Array.of(0, 1) });
    await file.close();
  });

  it('read F64 rounded and I64 that fits', async () => {
    const data = new Uint8Array(24);
    const view = new DataView(data.buffer);
    view.setFloat64(0, 0.1, true);
    view.setBigInt64(8, -5n, true);
    view.setBigInt64(16, 2n ** 40n, true);
    const header = { d: entry('F64', [1], 0, 8), i: entry('I64', [1], 8, 16), j: entry('I64', [1], 16, 24) };
    await writeFile(path, fileOf(header, data));
    const file = await openSafetensors(path);
    expect(await file.read('d')).toEqual({ shape: [1], data: Float32Array.of(0.1) });
    expect(await file.read('i')).toEqual({ shape: [1], data: Int32Array.of(-5) });
    await expect(file.read('j')).rejects.toThrow('tensor "j": holds 1099511627776, which does not fit 32 bits');
    await file.close();
  });

  it('open a file that holds a type that cannot be read beside one that can', async () => {
    const header = { a: entry('F8_E4M3', [2], 0, 2), b: entry('U8', [1], 2, 3) };
    await writeFile(path, fileOf(header, Uint8Array.of(1, 2, 3)));
    const file = await openSafetensors(path);
    expect((await file.read('b')).data).toEqual(Uint8Array.of(3));
    await expect(file.read('a')).rejects.toThrow('tensor "a": elements of type F8_E4M3 cannot be read');
    await file.close();
  });

  it('refuse to write what could not be read again, and leave nothing behind', async () => {
    const tensor = { shape: [2], data: new Float32Array(2) };
    const writing = (name: string, value: HostTensor, dtype?: 'BOOL' | 'F16') =>
      writeSafetensors(path, { [name]: value }, dtype ? { dtypes: { [name]: dtype } } : {});
    await expect(writing('__metadata__', tensor)).rejects.toThrow('the name is reserved');
    await expect(writing('', tensor)).rejects.toThrow('tensor "": the name is empty');
    await expect(writing('a', { ...tensor, shape: [3] })).rejects.toThrow('2 elements do not fill shape [3]');
    await expect(writing('a', { shape: [1], data: Int32Array.of(1) }, 'F16')).rejects.toThrow(
      'I32 cannot be written as F16',
    );
    await expect(writing('a', tensor, 'BOOL')).rejects.toThrow('F32 cannot be written as BOOL');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a hostile file', () => {
  const four = new Uint8Array(4);
  const good = entry('F32', [1], 0, 4);
  const cases: [string, Uint8Array, string][] = [
    ['empty', Buffer.alloc(0), 'not a safetensors file: it has 0 bytes'],
    ['shorter than its length field', Buffer.alloc(7), 'it has 7 bytes'],
    ['with an endless header', Buffer.alloc(64, 0xff), 'a header of 18446744073709552000 bytes in a file of 64'],
    ['with a header longer than itself', fileOf('{}').fill(9, 0, 1), 'a header of 9 bytes in a file of 10'],
    ['with no header', Buffer.alloc(8), 'a header of 0 bytes'],
    ['that is no JSON', fileOf('{"a": '), 'not valid JSON'],
    ['that is a list', fileOf('[1,2]'), 'its header does not start with "{"'],
    ['that is no UTF-8', fileOf('{"\u00ff":1}').fill(0xff, 10, 11), 'not valid JSON: the text is not UTF-8'],
    [
      'with a name twice',
      fileOf(`{"a":${JSON.stringify(good)},"a":${JSON.stringify(good)}}`, four),
      'the key "a" occurs twice',
    ],
    [
      'with a key twice',
      fileOf('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', four),
      'the key "dtype" occurs twice',
    ],
    ['with metadata twice', fileOf('{"__metadata__":{},"__metadata__":{}}'), 'the key "__metadata__" occurs twice'],
    ['with a number as metadata', fileOf({ __metadata__: { a: 1 } }), '__metadata__: "a" must be text'],
    ['with a null as metadata', fileOf({ __metadata__: null }), '__metadata__: expected an object'],
    [
      'with an unknown type',
      fileOf({ a: entry('F31', [1], 0, 4) }, four),
      'tensor "a": dtype: expected one of F32, F16',
    ],
    ['with an inherited type', fileOf({ a: entry('constructor', [1], 0, 4) }, four), 'expected one of F32'],
    ['with a further key', fileOf({ a: { ...good, x: 1 } }, four), 'tensor "a": Unrecognized key: "x"'],
    ['with a negative size', fileOf({ a: entry('F32', [-1], 0, 4) }, four), 'tensor "a": shape.0: '],
    ['with a fraction as size', fileOf({ a: entry('F32', [0.5], 0, 4) }, four), 'tensor "a": shape.0: '],
    [
      'with a size beyond counting',
      fileOf({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, four),
      'expected more bytes than can be counted for F32',
    ],
    [
      'with an infinite size',
      fileOf('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', four),
      'tensor "a": shape.0: ',
    ],
    [
      'with a size that overflows to fit',
      fileOf({ a: entry('F32', [2 ** 32, 2 ** 32, 1], 0, 0) }),
      'expected more bytes than can be counted',
    ],
    [
      'with too many dimensions',
      fileOf({ a: entry('U8', new Array(17).fill(1), 0, 1) }, Uint8Array.of(0)),
      'tensor "a": shape: Too big',
    ],
    [
      'with too few bytes for its shape',
      fileOf({ a: entry('F32', [2], 0, 4) }, four),
      'expected 8 bytes for F32 [2], its offsets span 4',
    ],
    ['with reversed offsets', fileOf({ a: entry('F32', [0], 4, 0) }, four), 'its offsets span -4'],
    ['with three offsets', fileOf({ a: { ...good, data_offsets: [0, 4, 4] } }, four), 'tensor "a": data_offsets: '],
    [
      'with overlapping tensors',
      fileOf({ a: good, b: entry('U8', [2], 2, 4) }, four),
      'tensor "b": expected to start at byte 4 of the data, starts at 2',
    ],
    ['with a tensor twice', fileOf({ a: good, b: good }, four), 'tensor "b": expected to start at byte 4'],
    [
      'with a gap',
      fileOf({ a: entry('U8', [2], 2, 4) }, four),
      'tensor "a": expected to start at byte 0 of the data, starts at 2',
    ],
    [
      'with data beyond its end',
      fileOf({ a: good }, four.subarray(1)),
      'tensor "a": ends at byte 4 of the data, the file has 3',
    ],
    ['with more data than tensors', fileOf({ a: good }, new Uint8Array(5)), 'expected 4 bytes of data, got 5'],
    ['with an empty name', fileOf({ '': good }, four), 'tensor "": the name is empty'],
    ['with a control character in a name', fileOf({ 'a\u001b[2J': good }, four), 'the name holds a control character'],
    ['with a list as tensor', fileOf({ a: [] }, four), 'tensor "a": Invalid input'],
    ['with a prototype as tensor', fileOf('{"__proto__":{"dtype":"F32"}}'), 'tensor "__proto__": shape: '],
  ];

  it.each(cases)('%s is refused', async (_, bytes, message) => {
    await writeFile(path, bytes);
    const error = await openSafetensors(path).then(
      (file) => file.close(),
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(message);
    expect(error.message.startsWith(path)).toBe(true);
  });

  it('with a byte that is no truth value is refused when it is read', async () => {
    await writeFile(path, fileOf({ a: entry('BOOL', [2], 0, 2) }, Uint8Array.of(1, 2)));
    await expect(readSafetensors(path)).rejects.toThrow('tensor "a": holds the byte 2, expected 0 or 1');
  });

  it('that shrinks after it was opened is noticed', async () => {
    await writeSafetensors(path, tensors);
    const file = await openSafetensors(path);
    await truncate(path, 100);
    await expect(file.read('mask')).rejects.toThrow(/a\.safetensors: ends at byte \d+, expected \d+/);
    await file.close();
  });

  it('that is a folder or is not there is named', async () => {
    await expect(openSafetensors(folder)).rejects.toThrow(`${folder}: cannot be read: it is a folder`);
    await expect(openSafetensors(path)).rejects.toThrow(`${path}: cannot be read: no such file or folder`);
  });

  it('gives valid tensors or a FileError whatever bits are turned or cut off', async () => {
    await writeSafetensors(path, tensors, { metadata: { made: 'here' }, dtypes: { mask: 'BOOL' } });
    const whole = await readFile(path);
    const random = stream('safetensors fuzz');
    const outcomes = { valid: 0, refused: 0 };
    for (let i = 0; i < 600; i++) {
      const bytes = Buffer.from(whole.subarray(0, i % 5 === 0 ? random.integers(1, whole.length)[0] : whole.length));
      if (i % 5 !== 0) {
        for (const at of random.integers(1 + (i % 3), bytes.length)) bytes[at] = (bytes[at] ?? 0) ^ (1 << (i % 8));
      }
      await writeFile(path, bytes);
      const result = await readSafetensors(path).catch((error) => error);
      if (result instanceof FileError) outcomes.refused++;
      else {
        outcomes.valid++;
        for (const { shape, data } of Object.values<HostTensor>(result)) expect(data.length).toBe(sizeOf(shape));
      }
    }
    expect(outcomes.valid).toBeGreaterThan(20);
    expect(outcomes.refused).toBeGreaterThan(200);
  });
});

describe('any tensors', () => {
  const place = mkdtempSync(join(tmpdir(), 'fewstep-safetensors-'));
  afterAll(() => rmSync(place, { recursive: true }));
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  const tensor = shape.chain((sizes) => {
    const length = { minLength: sizeOf(sizes), maxLength: sizeOf(sizes) };
    return fc
      .oneof(fc.float32Array(length), fc.int32Array(length), fc.uint8Array(length))
      .map((data): HostTensor => ({ shape: sizes, data }));
  });
  const name = fc
    .string({ minLength: 1, unit: 'grapheme' })
    .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text) && text !== '__metadata__');

  it('come back as they were, by name and by rows', async () => {
    const file = join(place, 'any.safetensors');
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, tensor, { maxKeys: 6 }),
        fc.dictionary(name, fc.string()),
        async (all, metadata) => {
          await writeSafetensors(file, all, { metadata });
          const opened = await openSafetensors(file);
          expect(new Map(Object.entries(await opened.readAll()))).toEqual(new Map(Object.entries(all)));
          expect(new Map(Object.entries(opened.metadata))).toEqual(new Map(Object.entries(metadata)));
          for (const [key, { shape: sizes, data }] of Object.entries(all)) {
            const rows = sizes[0];
            if (rows === undefined) continue;
            const half = Math.floor(rows / 2);
            const [first, second] = [await opened.readRows(key, 0, half), await opened.readRows(key, half, rows)];
            expect([...first.data, ...second.data]).toEqual([...data]);
          }
          await opened.close();
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe('reading into one block', () => {
  it('gives the floats of every type, each at a cache line, in memory of their own', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'fewstep-block-')), 'a.safetensors');
    const tensor = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
    const tensors = { a: tensor(1, 2, 3), b: tensor(0.5, -4), c: tensor(1.5) };
    await writeSafetensors(path, tensors, { dtypes: { b: 'F16', c: 'BF16' } });
    const file = await openSafetensors(path);
    const floats = await file.readFloats(['c', 'a', 'b']).finally(() => file.close());
    expect(floats).toEqual(tensors);
    expect(Object.values(floats).map(({ data }) => data.byteOffset)).toEqual([0, 64, 128]);
    expect(new Set(Object.values(floats).map(({ data }) => data.buffer)).size).toBe(1);
  });

  it('refuses integers and memory of another size', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'fewstep-block-')), 'a.safetensors');
    await writeSafetensors(path, { i: { shape: [2], data: Int32Array.of(1, 2) } });
    const file = await openSafetensors(path);
    await expect(file.readFloats(['i'])).rejects.toThrow('tensor "i": expected floating-point numbers, got I32');
    await expect(file.readInto('i', new Float32Array(3))).rejects.toThrow('expected 3 elements, got shape [2]');
    await file.close();
  });
});

describe('a hostile header', () => {
  const empties = (count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"t${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`)}}`;

  it.each([
    ['a key of 15 MB', `{"${'a'.repeat(15_000_000)}":{}}`, 'a key of 15000000 characters, expected at most 4096'],
    ['15 MB of brackets', `{"a":${'['.repeat(15_000_000)}`, 'values nested more than 3 deep'],
    ['millions of numbers', `{"a":[${'1,'.repeat(7_000_000)}1]}`, 'more than 1310720 values'],
    ['200,000 tensors', empties(200_000), 'more than 1310720 values'],
    ['100,000 tensors', empties(100_000), 'expected at most 65536 tensors, got 100000'],
    ['20 MB', `{"${'a'.repeat(20_000_000)}":{}}`, 'a header of 20000007 bytes, expected at most 16777216'],
  ])('of %s is refused at once, by the limit', async (_, header, message) => {
    const path = join(folder, 'hostile.safetensors');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await writeFile(path, Buffer.concat([length, Buffer.from(header)]));
    const start = performance.now();
    await expect(openSafetensors(path)).rejects.toThrow(message);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
