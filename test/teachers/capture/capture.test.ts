import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { openCapture } from '../../../src/teachers/capture/capture.ts';
import { captureOf, counted, integers, temporaryFolder } from './temporary-capture.ts';

describe('a capture', () => {
  it('joins safetensors shards in the order of their numbers and reads any rows in any order', async () => {
    const folder = await captureOf({
      'part-2.safetensors': { conditional: counted(3, 2, 1000), position: integers([2, 3, 4]) },
      'part-10.safetensors': { conditional: counted(2, 2, 2000), position: integers([0, 1]) },
      'part-1.safetensors': { conditional: counted(2, 2), position: integers([0, 1]) },
    });
    const capture = await openCapture(folder);
    expect([capture.rows, capture.condition, capture.token]).toEqual([7, 2, undefined]);
    const { shape, data } = await capture.read('conditional', [6, 0, 3, 0, 1]);
    expect(shape).toEqual([5, 2]);
    expect([...data]).toEqual([2100, 2101, 0, 1, 1100, 1101, 0, 1, 100, 101]);
    expect([...((await capture.positions()) ?? [])]).toEqual([0, 1, 2, 3, 4, 0, 1]);
    expect(capture.has('unconditional')).toBe(false);
  });

  it('joins npy files by the shard behind the tensor name', async () => {
    const folder = await captureOf({
      'conditional-0.npy': counted(2, 3),
      'unconditional-0.npy': counted(2, 3, 5),
      'target-0.npy': counted(2, 4),
      'conditional-1.npy': counted(1, 3, 7),
      'unconditional-1.npy': counted(1, 3, 9),
      'target-1.npy': counted(1, 4, 3),
    });
    await writeFile(join(folder, 'README.md'), 'notes are welcome');
    const capture = await openCapture(folder);
    expect([capture.rows, capture.condition, capture.token]).toEqual([3, 3, 4]);
    expect([...(await capture.read('unconditional', [2, 1])).data]).toEqual([9, 10, 11, 105, 106, 107]);
  });

  it('widens half-precision states', async () => {
    const folder = await temporaryFolder();
    const states = counted(2, 2);
    await writeSafetensors(join(folder, 'a.safetensors'), { conditional: states }, { dtypes: { conditional: 'BF16' } });
    expect([...(await (await openCapture(folder)).read('conditional', [0])).data]).toEqual([0, 1]);
  });

  it('names file, tensor and row of a number that is not finite', async () => {
    const states = counted(4, 2);
    states.data[5] = Number.NaN;
    const folder = await captureOf({ 'a.safetensors': { conditional: states } });
    const capture = await openCapture(folder);
    await expect(capture.read('conditional', [0, 1])).resolves.toBeDefined();
    await expect(capture.read('conditional', [3, 2])).rejects.toThrow(
      `${join(folder, 'a.safetensors')}: tensor conditional: row 2: expected finite numbers, got NaN`,
    );
  });

  const bad: Record<string, [Record<string, Record<string, HostTensor> | HostTensor>, string]> = {
    'no files': [{}, 'expected .safetensors or .npy files, found none'],
    'no conditional states': [{ 'a.safetensors': { target: counted(2, 2) } }, 'expected a tensor named conditional'],
    'an unknown tensor': [{ 'a.safetensors': { cond: counted(2, 2) } }, 'tensor "cond": expected one of conditional,'],
    'an unknown npy file': [{ 'cond.npy': counted(2, 2) }, 'expected a name such as conditional-0001.npy'],
    'a tensor twice': [{ '0.safetensors': { conditional: counted(2, 2) }, 'conditional-0.npy': counted(2, 2) }, 'too'],
    'other rows': [
      { 'a.safetensors': { conditional: counted(2, 2), target: counted(3, 2) } },
      'tensor target: expected 2 rows as beside it, got 3',
    ],
    'other columns': [
      { 'a.safetensors': { conditional: counted(2, 2), unconditional: counted(2, 3) } },
      'tensor unconditional: expected H = 2 columns as before, got 3',
    ],
    'three axes': [
      { 'a.safetensors': { conditional: { shape: [1, 2, 2], data: new Float32Array(4) } } },
      'tensor conditional: expected [N, H], got [1, 2, 2]',
    ],
    'whole numbers for states': [
      { 'a.safetensors': { conditional: { shape: [1, 2], data: new Int32Array(2) } } },
      'expected F32, F16, BF16, F64, got I32',
    ],
    'floats for positions': [
      { 'a.safetensors': { conditional: counted(1, 2), position: { shape: [1], data: new Float32Array(1) } } },
      'tensor position: expected I32, I64, got F32',
    ],
    'a shard without a tensor of the others': [
      {
        '0.safetensors': { conditional: counted(1, 2), target: counted(1, 2) },
        '1.safetensors': { conditional: counted(1, 2) },
      },
      'shard "1": expected a tensor named target, found none',
    ],
    'a shard with a tensor more': [
      {
        '0.safetensors': { conditional: counted(1, 2) },
        '1.safetensors': { conditional: counted(1, 2), target: counted(1, 2) },
      },
      'shard "1": has the tensor target, which shard "0" has not',
    ],
  };

  it.each(Object.entries(bad))('refuses %s', async (_, [files, message]) => {
    await expect(openCapture(await captureOf(files))).rejects.toThrow(message);
  });

  it('refuses a negative position', async () => {
    const capture = await openCapture(
      await captureOf({ 'a.safetensors': { conditional: counted(2, 2), position: integers([0, -1]) } }),
    );
    await expect(capture.positions()).rejects.toThrow('tensor position: row 1: expected 0 or more, got -1');
  });
});
