import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import { isSealed, readSealed, writeSealed } from '../../../src/ground/file/sealed.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-sealed-'));
  path = join(folder, 'a.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

const tensors = {
  a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  b: { shape: [3], data: Int32Array.of(5, 6, 7) },
};
const metadata = { step: '3', maker: 'a test' };

describe('a sealed file', () => {
  it('gives back what was written, without the seal', async () => {
    await writeSealed(path, tensors, metadata);
    expect(await readSealed(path)).toEqual({ tensors, metadata });
  });

  it('does not survive the change of any bit', async () => {
    await writeSealed(path, tensors, metadata);
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      await writeFile(path, bytes);
      // a space that fills up the header may become another white space: nothing of the content changes
      const found = await readSealed(path).catch((error) => error);
      if (!(found instanceof FileError)) expect([at, found]).toEqual([at, { tensors, metadata }]);
    }
  });

  it('is told from one of other metadata, one without a seal, and none', async () => {
    await writeSealed(path, tensors, metadata);
    expect(await isSealed(path, { maker: 'a test', step: '3' })).toBe(true);
    expect(await isSealed(path, { ...metadata, step: '4' })).toBe(false);
    expect(await isSealed(path, { step: '3' })).toBe(false);
    expect(await isSealed(path, { ...metadata, more: '' })).toBe(false);
    expect(await isSealed(join(folder, 'none.safetensors'), metadata)).toBe(false);
    await writeSafetensors(path, tensors, { metadata });
    expect(await isSealed(path, metadata)).toBe(false);
    await expect(readSealed(path)).rejects.toThrow(`${path}: expected a sha256 in its metadata, got none`);
  });
});
