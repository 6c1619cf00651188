import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/graph/program.ts';
import type { Classifier } from '../../../src/evaluation/features/extractor.ts';
import { teacherQuality } from '../../../src/evaluation/stage/teacher-quality.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { imageTeacher } from '../../../src/teachers/image/teacher.ts';
import { leftOpen, nothing } from '../../held.ts';
import { tinyImageTeacher } from '../../tiny-image-teacher.ts';

const engine: Engine = { kind: 'onnx', provider: 'cpu', threads: 1 };
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'teacher-quality-'));
  await tinyImageTeacher(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two features: mean ink and ink of the upper half; everything is called a three. */
const extractor: Classifier = {
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

test('what is measured at each setting leaves nothing open', async () => {
  const open = await leftOpen(async () => {
    const teacher = await imageTeacher(folder, engine);
    const settings = [{ guidance: 2, steps: 1 }];
    const options = { solver: 'euler', settings, samples: 20, seed: 1, engine } as const;
    await teacherQuality(teacher, teacher.images, extractor, options);
    await teacher.dispose();
  });
  expect(open).toEqual(nothing);
});
