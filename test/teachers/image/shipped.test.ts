import { afterAll, beforeAll, expect, test } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { loadFeatures } from '../../../src/evaluation/features/features.ts';
import { teacherSampler } from '../../../src/evaluation/stage/head-sampler.ts';
import { balancedLabels, tokenHead } from '../../../src/evaluation/stage/sample-job.ts';
import { accuracy, classesOf } from '../../../src/evaluation/statistics/accuracy.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { imageTeacher } from '../../../src/teachers/image/teacher.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';

const engine = cpuEngine();
const count = 50;
let teacher: Teacher;
beforeAll(async () => {
  teacher = await imageTeacher('teachers/digits', engine);
});
afterAll(() => teacher.dispose());

test('digits of the shipped teacher are the ones that were asked for, and no two are alike', async () => {
  const model = teacher.images;
  if (model === undefined) throw new Error('a teacher without images');
  const labels = balancedLabels(count, 10);
  const shape = [count, model.tokens, teacher.token];
  const noise = { shape, data: stream('shipped').normal(count * model.tokens * teacher.token) };
  const sampler = await teacherSampler(teacher, 1, 'euler', 8, engine);
  const { images } = await model.generate(
    { labels, noise },
    tokenHead(sampler, model.tokens, () => 1.5),
  );
  const features = await loadFeatures('teachers/digits-features', engine);
  const { logits } = await features.extract(images);
  expect(accuracy(classesOf(logits), labels).value).toBeGreaterThanOrEqual(0.94);
  const seen = Array.from({ length: count }, (_, i) => images.data.subarray(784 * i, 784 * (i + 1)).join());
  expect(new Set(seen).size).toBe(count);
  const ink = images.data.reduce((sum, value) => sum + value, 0) / images.data.length;
  expect(ink).toBeGreaterThan(0.1); // real digits: 0.13
  expect(ink).toBeLessThan(0.16);
  await sampler.dispose();
  await features.dispose();
});

test('its hidden states tell a prompt from none, and teacher-forced rows are as many as were asked for', async () => {
  const contexts = await teacher.contexts({
    rows: 40,
    key: ['shipped'],
    freeRunning: 0.5,
    split: 'test',
    guidance: { min: 1, max: 2 },
  });
  expect(contexts.conditional.shape).toEqual([40, 192]);
  const gap = contexts.conditional.data.reduce(
    (sum, value, i) => sum + (value - (contexts.unconditional.data[i] ?? 0)) ** 2,
    0,
  );
  expect(gap / contexts.conditional.data.length).toBeGreaterThan(0.01);
});
