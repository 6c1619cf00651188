import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSafetensors } from '../../../src/ground/file/safetensors.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { type StoredTensor, writeStored } from '../../../src/ground/file/stored-tensors.ts';

const folder = await mkdtemp(join(tmpdir(), 'fewstep-stored-'));
afterAll(() => rm(folder, { recursive: true }));

const stored = (name: string, dtype: StoredTensor['dtype'], shape: number[], bytes: number[]): StoredTensor => ({
  ...{ name, dtype, shape },
  bytes: async () => Uint8Array.from(bytes),
});

it('tensors of any element type are written as they are, wide ones first, and the hash is that of the file', async () => {
  const path = join(folder, 'mixed.safetensors');
  const tensors = [
    stored('a', 'F8_E4M3', [3], [1, 2, 3]),
    stored('b', 'BF16', [1], [4, 5]),
    stored('c', 'F64', [1], [6, 7, 8, 9, 10, 11, 12, 13]),
  ];
  expect(await writeStored(path, tensors, { format: 'pt' })).toBe(await sha256File(path));
  const file = await openSafetensors(path);
  expect([...file.header].map(([name, { offsets }]) => [name, ...offsets])).toEqual([
    ['c', 0, 8],
    ['b', 8, 10],
    ['a', 10, 13],
  ]);
  for (const { name, bytes } of tensors) expect(new Uint8Array(await file.readBytes(name))).toEqual(await bytes());
  expect(file.metadata).toEqual({ format: 'pt' });
  await file.close();
});

it('bytes that do not fill their shape are refused, and no file is left', async () => {
  const path = join(folder, 'short.safetensors');
  await expect(writeStored(path, [stored('a', 'F32', [2], [1, 2, 3, 4])])).rejects.toThrow(
    'tensor "a": expected 8 bytes, got 4',
  );
  expect((await readdir(folder)).filter((name) => name.includes('short'))).toEqual([]);
});
