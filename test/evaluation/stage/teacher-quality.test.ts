import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/graph/program.ts';
import type { Extractor } from '../../../src/evaluation/features/extractor.ts';
import { teacherQuality } from '../../../src/evaluation/stage/teacher-quality.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { imageConfig, initialImageModel } from '../../../src/teachers/image/model.ts';
import { imageTeacher } from '../../../src/teachers/image/teacher.ts';
import { writeImageWeights } from '../../../src/teachers/image/weights.ts';

const engine: Engine = { kind: 'onnx', provider: 'cpu', threads: 1 };
const config = imageConfig({
  data: 'mnist',
  patch: 14,
  backbone: { width: 8, depth: 1, heads: 2 },
  head: { width: 8, depth: 1 },
});
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'teacher-quality-'));
  const token = config.backbone.token;
  const normalization = { mean: new Float32Array(token).fill(0.13), std: new Float32Array(token).fill(0.3) };
  await writeImageWeights(folder, { config, parameters: initialImageModel(config, 1), normalization });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two features: mean ink and ink of the upper half; everything is called a three. */
const extractor: Extractor = {
  extract: async ({ data, shape: [count = 0] }) => {
    const mean = (from: number, length: number): number =>
      data.subarray(from, from + length).reduce((sum, value) => sum + value, 0) / length;
    const features = Float32Array.from({ length: 2 * count }, (_, i) =>
      mean(Math.floor(i / 2) * 784, i % 2 ? 392 : 784),
    );
    const logits = Float32Array.from({ length: 10 * count }, (_, i) => (i % 10 === 3 ? 1 : 0));
    return { features: { shape: [count, 2], data: features }, logits: { shape: [count, 10], data: logits } };
  },
  dispose: async () => {},
};

test('a teacher that gives its noise back is far from real images at any step count, with the same images at all', async () => {
  const teacher = await imageTeacher(folder, engine);
  const drawn: HostTensor<Float32Array>[] = [];
  if (teacher.images === undefined) throw new Error('no images');
  const { rows, floor } = await teacherQuality(teacher, teacher.images, extractor, {
    solver: 'euler',
    settings: [
      { guidance: 2, steps: 1 },
      { guidance: 1, steps: 3 },
    ],
    samples: 60,
    seed: 1,
    engine,
    onRow: (_, images) => {
      drawn.push(images);
    },
  });
  expect(rows.map(({ steps, nfe }) => [steps, nfe])).toEqual([
    [1, 2],
    [3, 6],
  ]);
  expect(rows[0]?.accuracy.value).toBeCloseTo(0.1, 6); // balanced prompts, all called a three
  expect(rows[0]?.accuracyByPrompt).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  for (const { fd } of rows) expect(fd.value).toBeGreaterThan(5 * floor.value);
  expect(drawn[1]).toEqual(drawn[0]); // a fresh head predicts no flow: the noise stays
  await teacher.dispose();
});
