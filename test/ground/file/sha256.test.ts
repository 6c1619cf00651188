import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256, sha256File, sha256Tensors } from '../../../src/ground/file/sha256.ts';

const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'; // FIPS 180-2, appendix B.1

it('hashes text, bytes and files to the known answer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-sha256-'));
  await writeFile(join(folder, 'abc'), 'abc');
  expect(sha256('abc')).toBe(abc);
  expect(sha256(Buffer.from('abc'))).toBe(abc);
  expect(await sha256File(join(folder, 'abc'))).toBe(abc);
  await expect(sha256File(join(folder, 'none'))).rejects.toThrow('none: cannot be read: no such file or folder');
  await rm(folder, { recursive: true });
});

it('hashes tensors by name, shape and value, whatever their order', () => {
  const a = { shape: [2], data: Float32Array.of(1, 2) };
  const b = { shape: [2], data: Float32Array.of(3, 4) };
  const hash = sha256Tensors({ a, b });
  expect(sha256Tensors({ b, a })).toBe(hash);
  expect(sha256Tensors({ a, b: { shape: [2], data: new Float32Array([0, 3, 4]).subarray(1) } })).toBe(hash);
  const others = [
    { a: b, b: a },
    { a },
    { a, c: b },
    { a, b: { shape: [1, 2], data: b.data } },
    { a, b: { shape: [2], data: Int32Array.of(3, 4) } },
    { a, b: { shape: [2], data: Float32Array.of(3, 5) } },
  ];
  expect(new Set([hash, ...others.map((tensors) => sha256Tensors(tensors))]).size).toBe(others.length + 1);
});
