import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { writeRealFile } from '../../../src/evaluation/stage/real-file.ts';
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
  await writeRealFile(run, {
    ...{ real: prepareRows(first, 10), realOther: prepareRows(second, 10), trained, labels, blank },
    network: { name: 'digits-features', hash: 'abc', accuracy: 1 },
  });
  const { tensors, metadata } = await readSealed(join(run, 'evaluation', 'real.safetensors'));
  expect(metadata).toEqual({ features: 'abc' });
  expect(tensors).toEqual({
    ...{ features: first, features_other: second, features_trained: trained, labels: { shape: [40], data: labels } },
    blank: { shape: [2], data: blank.value },
    blank_tolerance: { shape: [2], data: blank.tolerance },
  });
});
