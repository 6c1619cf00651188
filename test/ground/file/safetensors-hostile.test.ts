import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { type HostTensor, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { entry, fileOf, tensors } from './safetensors-bytes.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-safetensors-'));
  path = join(folder, 'a.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

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
