import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRealFile, writeRealFile } from '../../../src/evaluation/stage/real-file.ts';
import { readSealed } from '../../../src/ground/file/sealed.ts';
import { stream } from '../../../src/ground/random/philox.ts';

let run: string;
beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'fewstep-real-'));
});
afterAll(() => rm(run, { recursive: true }));

it('what images are compared with is kept, sealed, with the network whose features these are', async () => {
  const features = (key: string) => ({ shape: [40, 3], data: stream('real-file', key).normal(120) });
  const [first, second, trained] = [features('first'), features('second'), features('trained')];
  const labels = Int32Array.from({ length: 40 }, (_, i) => i % 10);
  const blank = { value: Float32Array.of(-0.5, 0.25), tolerance: Float32Array.of(0.125, 0.0625) };
  const path = join(run, 'real.safetensors');
  const pictures = {
    real: { shape: [2, 1, 2], data: Float32Array.of(0, 1, 1, 0) },
    trained: { shape: [1, 1, 2], data: Float32Array.of(1, 1) },
  };
  const content = { real: first, realOther: second, trained, pictures, labels, blank };
  await writeRealFile(path, { ...content, network: { hash: 'abc' } });
  expect(await readRealFile(path)).toEqual(content);
  const { tensors, metadata } = await readSealed(path);
  expect(metadata).toEqual({ features: 'abc' });
  expect(tensors).toEqual({
    ...{ features: first, features_other: second, features_trained: trained, labels: { shape: [40], data: labels } },
    ...{ images: pictures.real, images_trained: pictures.trained },
    blank: { shape: [2], data: blank.value },
    blank_tolerance: { shape: [2], data: blank.tolerance },
  });
});

it('moments are kept in float64, by numbers rounded and what rounding left', async () => {
  const values = stream('real-file', 'moments').normal(6);
  const moments = {
    mean: Float64Array.from(values.subarray(0, 2), (value) => value / 3),
    covariance: Float64Array.from(values.subarray(2), (value) => value / 7),
  };
  const blank = { value: Float32Array.of(0), tolerance: Float32Array.of(1) };
  const content = {
    moments,
    realOther: { shape: [2, 2], data: new Float32Array(4) },
    labels: new Int32Array(2),
    blank,
  };
  const path = join(run, 'moments.safetensors');
  await writeRealFile(path, { ...content, network: { hash: 'abc' }, statistics: { hash: 'def' } });
  const { moments: found, ...others } = await readRealFile(path);
  expect(others).toEqual({ realOther: content.realOther, labels: content.labels, blank });
  for (const part of ['mean', 'covariance'] as const)
    found?.[part].forEach((value, i) => {
      expect(Math.abs(value / (moments[part][i] ?? Number.NaN) - 1)).toBeLessThan(1e-13);
    });
  expect((await readSealed(path)).metadata).toEqual({ features: 'abc', statistics: 'def' });
});
