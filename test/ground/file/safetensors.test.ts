import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { type HostTensor, sizeOf } from '../../../src/ground/host-tensor.ts';
import { entry, fileOf, tensors } from './safetensors-bytes.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-safetensors-'));
  path = join(folder, 'a.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

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
