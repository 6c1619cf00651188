import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointOptions } from '../../../src/ground/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../src/ground/checkpoint/open.ts';
import { FileError } from '../../../src/ground/errors.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/checkpoint/${name}`, import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-torch-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** All tensors of a file: type, shape, stored bytes and numbers by name. */
async function contentOf(path: string, options?: CheckpointOptions) {
  const checkpoint = await openCheckpoint(path, options);
  const content: Record<string, unknown> = {};
  for (const [name, { dtype, shape }] of checkpoint.tensors) {
    content[name] = { dtype, shape, bytes: await checkpoint.readBytes(name), tensor: await checkpoint.read(name) };
  }
  await checkpoint.close();
  return content;
}

/** The entries of a content whose names have a prefix, without it. */
const under = (prefix: string, content: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(content)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );

describe.each(['', '-legacy'])('a PyTorch file (%s)', (format) => {
  it('gives numbers of every type as PyTorch wrote them', async () => {
    expect(await contentOf(fixture(`types${format}.pth`))).toEqual(await contentOf(fixture('types.safetensors')));
  });

  it('gives transposed, shared, sliced and expanded tensors in row-major order', async () => {
    expect(await contentOf(fixture(`views${format}.pth`))).toEqual(await contentOf(fixture('views.safetensors')));
  });

  it('gives the wanted dictionary of a training state, and leaves optimizer and arguments alone', async () => {
    const path = fixture(`training${format}.pth`);
    const expected = await contentOf(fixture('training.safetensors'));
    const parts: [readonly string[], string][] = [
      [['model_ema', 'model'], 'model_ema.'],
      [['state_dict', 'model'], 'model.'],
    ];
    for (const [select, prefix] of parts) {
      expect(await contentOf(path, { select })).toEqual(under(prefix, expected));
    }
  });

  it('lists the dictionaries where none is wanted, or another', async () => {
    const path = fixture(`training${format}.pth`);
    const listed = 'got "model" (4 tensors), "model_ema" (4 tensors)';
    await expect(openCheckpoint(path)).rejects.toThrow(
      `${path}: expected the key of one of its dictionaries of tensors, ${listed}`,
    );
    await expect(openCheckpoint(path, { select: ['ema', 'weights'] })).rejects.toThrow(
      `${path}: expected "ema" or "weights", ${listed}`,
    );
  });

  it('that would run a command in Python is refused by the name of the function', async () => {
    const path = fixture(`hostile${format}.pth`);
    const error = await openCheckpoint(path).catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(/byte \d+ \(GLOBAL\): refuses posix\.system: only names that describe tensors/);
    expect(existsSync('executed')).toBe(false);
  });
});

describe('a PyTorch file', () => {
  it('of a newer protocol, or without checksums, is read as well', async () => {
    expect(await contentOf(fixture('protocol-5.pth'))).toMatchObject({
      a: { dtype: 'F32', tensor: { shape: [2], data: Float32Array.of(1, 1) } },
      b: { dtype: 'F32', tensor: { shape: [3], data: Float32Array.of(0, 0, 0) } },
    });
    expect(await contentOf(fixture('no-checksum.pth'))).toMatchObject({
      a: { tensor: { shape: [3], data: Float32Array.of(1, 2, 3) } },
    });
  });

  it('whose dictionary of tensors stands alone needs no key, whatever keys would be wanted', async () => {
    const content = await contentOf(fixture('protocol-5.pth'), {
      select: ['model_ema', 'model'],
      only: (n) => n === 'b',
    });
    expect(Object.keys(content)).toEqual(['b']);
  });

  it('whose tensor is stored negated is refused rather than read with the wrong sign', async () => {
    await expect(openCheckpoint(fixture('negated.pth'))).rejects.toThrow(
      /byte \d+ \(REDUCE\): a tensor whose numbers stand for others/,
    );
  });

  it('is found in its folder, and as a shard of a list', async () => {
    await copyFile(fixture('protocol-5.pth'), join(folder, 'checkpoint-last.pth'));
    expect(Object.keys(await contentOf(folder))).toEqual(['a', 'b']);
    await writeFile(join(folder, '.hidden.safetensors'), 'x');
    await copyFile(fixture('types.pth'), join(folder, 'optimizer.pt'));
    await expect(openCheckpoint(folder)).rejects.toThrow(
      'several files of weights (checkpoint-last.pth, optimizer.pt)',
    );
    const list = join(folder, 'pytorch_model.bin.index.json');
    await writeFile(list, JSON.stringify({ metadata: {}, weight_map: { b: 'checkpoint-last.pth' } }));
    expect(Object.keys(await contentOf(folder))).toEqual(['b']);
  });
});
