import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { externalData } from '../../../src/engine/onnx/external-data.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';

const tensor = (size: number, value: number): HostTensor<Float32Array> => ({
  shape: [size],
  data: new Float32Array(size).fill(value),
});

test('tensors lie at pages in the order of their names, small ones not at all, and shared memory once', async () => {
  const shared = tensor(1100, 2);
  const weights = { b: shared, a: tensor(300, 1), small: tensor(255, 3), c: shared, d: tensor(256, 4) };
  const outside = externalData('w.data', weights);
  expect(Object.values(weights).map(({ data }) => outside.placeOf(data))).toEqual([
    { location: 'w.data', offset: 4096, length: 4400 },
    { location: 'w.data', offset: 0, length: 1200 },
    undefined,
    { location: 'w.data', offset: 4096, length: 4400 },
    { location: 'w.data', offset: 12_288, length: 1024 },
  ]);
  const path = join(await mkdtemp(join(tmpdir(), 'fewstep-external-')), 'w.data');
  await outside.write(path);
  const bytes = await readFile(path);
  expect(bytes.length).toBe(12_288 + 1024);
  for (const { data } of Object.values(weights)) {
    const place = outside.placeOf(data);
    if (place === undefined) continue;
    expect(bytes.subarray(place.offset, place.offset + place.length)).toEqual(Buffer.from(data.buffer));
  }
  expect(bytes.subarray(1200, 4096).every((byte) => byte === 0)).toBe(true);
});
