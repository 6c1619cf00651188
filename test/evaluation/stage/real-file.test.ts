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
