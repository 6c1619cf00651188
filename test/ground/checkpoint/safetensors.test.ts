import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/ground/checkpoint/open.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { formatHeader } from '../../../src/ground/file/safetensors-header.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const weight = { shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) };
const bias = { shape: [2], data: Float32Array.of(4, 5) };
const indexPath = () => join(folder, 'model.safetensors.index.json');
const writeIndex = (weightMap: unknown) => writeFile(indexPath(), JSON.stringify({ weight_map: weightMap }));

async function writeSharded(): Promise<void> {
  await writeSafetensors(join(folder, 'model-1.safetensors'), { 'head.weight': weight });
  await writeSafetensors(join(folder, 'model-2.safetensors'), { 'head.bias': bias, other: bias });
  await writeIndex({
    'head.weight': 'model-1.safetensors',
    'head.bias': 'model-2.safetensors',
    other: 'model-2.safetensors',
  });
}

describe('a safetensors file', () => {
  it('gives its tensors widened to float32 and as they are stored', async () => {
    const path = join(folder, 'any-name.bin');
    await writeSafetensors(path, { weight, bias }, { dtypes: { weight: 'BF16' }, metadata: { format: 'pt' } });
    const checkpoint = await openCheckpoint(path);
    expect(new Map(checkpoint.tensors)).toMatchObject(
      new Map([
        ['weight', { dtype: 'BF16', shape: [2, 2] }],
        ['bias', { dtype: 'F32', shape: [2] }],
      ]),
    );
    expect(await checkpoint.read('weight')).toEqual(weight);
    expect(await checkpoint.readBytes('weight')).toEqual(
      new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0x4040).buffer),
    );
    await expect(checkpoint.read('wait')).rejects.toThrow(`${path}: tensor "wait": there is none of this name`);
    await checkpoint.close();
  });

  it('gives integers, and refuses one that float32 cannot hold', async () => {
    const path = join(folder, 'a.safetensors');
    const wide = BigInt64Array.of(-3n, 2n ** 40n, 2n ** 60n + 1n);
    const data = new Uint8Array([...new Uint8Array(wide.buffer), 0xff, 0x7f, 200]);
    await writeFile(
      path,
      Buffer.concat([
        formatHeader({
          tensors: new Map([
            ['exact', { dtype: 'I64', shape: [2], offsets: [0, 16] }],
            ['odd', { dtype: 'I64', shape: [1], offsets: [16, 24] }],
            ['short', { dtype: 'I16', shape: [1], offsets: [24, 26] }],
            ['byte', { dtype: 'I8', shape: [], offsets: [26, 27] }],
          ]),
          metadata: {},
        }),
        data,
      ]),
    );
    const checkpoint = await openCheckpoint(path);
    expect((await checkpoint.read('exact')).data).toEqual(Float32Array.of(-3, 2 ** 40));
    expect((await checkpoint.read('short')).data).toEqual(Float32Array.of(32767));
    expect((await checkpoint.read('byte')).data).toEqual(Float32Array.of(-56));
    await expect(checkpoint.read('odd')).rejects.toThrow('tensor "odd": holds 1152921504606846977, which float32');
    await checkpoint.close();
  });
});

describe('a sharded model', () => {
  it('opens by its folder or by its list', async () => {
    await writeSharded();
    for (const path of [folder, indexPath()]) {
      const checkpoint = await openCheckpoint(path);
      expect([...checkpoint.tensors.keys()]).toEqual(['head.weight', 'head.bias', 'other']);
      expect(await checkpoint.read('head.weight')).toEqual(weight);
      expect(await checkpoint.read('head.bias')).toEqual(bias);
      await checkpoint.close();
    }
  });

  it('opens no file that holds nothing of what is asked for', async () => {
    await writeSharded();
    await rm(join(folder, 'model-2.safetensors'));
    const checkpoint = await openCheckpoint(folder, { only: (name) => name === 'head.weight' });
    expect([...checkpoint.tensors.keys()]).toEqual(['head.weight']);
    expect(await checkpoint.read('head.weight')).toEqual(weight);
    await checkpoint.close();
    await expect(openCheckpoint(folder)).rejects.toThrow(
      `${join(folder, 'model-2.safetensors')}: cannot be read: no such file or folder`,
    );
  });

  it('is refused where a file does not hold what the list says', async () => {
    await writeSharded();
    await writeIndex({ 'head.weight': 'model-2.safetensors' });
    await expect(openCheckpoint(folder)).rejects.toThrow(
      `${indexPath()}: tensor "head.weight": expected in ${join(folder, 'model-2.safetensors')}, which holds none`,
    );
  });

  it.each(['../model-1.safetensors', '/etc/passwd', 'a/b', 'C:\\x', '..', '.', '', 'a\0'])(
    'is refused where a file is called %j',
    async (file) => {
      await writeIndex({ 'head.weight': file });
      await expect(openCheckpoint(folder)).rejects.toThrow(
        `${indexPath()}: tensor "head.weight": expected the name of a file in the same folder, got ${JSON.stringify(file)}`,
      );
    },
  );

  it('is refused where a file is a link out of the folder, save to the blobs of a download cache', async () => {
    await writeSharded();
    const [snapshot, blobs, elsewhere] = ['snapshots/abc', 'blobs', 'elsewhere'].map((name) => join(folder, name));
    for (const made of [snapshot, blobs, elsewhere]) await mkdir(String(made), { recursive: true });
    const list = join(String(snapshot), 'model.safetensors.index.json');
    await writeFile(list, JSON.stringify({ weight_map: { a: 'a.safetensors' } }));
    for (const place of [String(blobs), String(elsewhere)]) {
      await writeSafetensors(join(place, '0123'), { a: weight });
      await symlink(join(place, '0123'), join(String(snapshot), 'a.safetensors'));
      if (place === blobs) {
        const checkpoint = await openCheckpoint(String(snapshot));
        expect(await checkpoint.read('a')).toEqual(weight);
        await checkpoint.close();
        await rm(join(String(snapshot), 'a.safetensors'));
      }
    }
    await expect(openCheckpoint(list)).rejects.toThrow(`is a link to ${join(String(elsewhere), '0123')}`);
  });

  it.each([
    ['{"weight_map": {"a": "x", "a": "y"}}', 'the key "a" occurs twice'],
    ['{"weight_map": ["a"]}', 'weight_map: expected an object of file names'],
    ['{}', 'weight_map: expected an object of file names'],
    ['{"weight_map": {"a": 7}}', 'tensor "a": expected the name of a file in the same folder, got number'],
    [
      '{"weight_map": {"a": "\\u009b2J"}}',
      'tensor "a": expected the name of a file in the same folder, got "\\u009b2J"',
    ],
    ['{"weight_map": {"": "x"}}', 'tensor "": the name is empty'],
    ['{"weight_map"', 'not valid JSON'],
  ])('is refused where its list is %s', async (text, message) => {
    await writeFile(indexPath(), text);
    const error = await openCheckpoint(folder).catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(`${indexPath()}: ${message}`);
  });
});

describe('a path that is no checkpoint', () => {
  it('is named, with what was expected', async () => {
    await expect(openCheckpoint(folder)).rejects.toThrow(`${folder}: expected a .safetensors, .pth, .pt or .bin file`);
    await writeFile(join(folder, 'a.bin'), 'GIF89a etc');
    await expect(openCheckpoint(folder)).rejects.toThrow(
      /a\.bin: expected safetensors.*, starts with 4749463839612065/,
    );
    await writeFile(join(folder, 'b.pth'), '');
    await expect(openCheckpoint(folder)).rejects.toThrow(
      'holds several files of weights (a.bin, b.pth): give the path',
    );
    await expect(openCheckpoint(join(folder, 'b.pth'))).rejects.toThrow('starts with nothing');
    await expect(openCheckpoint('/dev/null')).rejects.toThrow('expected a file or a folder, got a pipe or a device');
    await expect(openCheckpoint(join(folder, 'c'))).rejects.toThrow('no such file or folder');
  });
});
