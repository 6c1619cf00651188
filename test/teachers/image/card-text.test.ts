import { expect, test } from 'vitest';
import type { TeacherCard } from '../../../src/teachers/image/card-schema.ts';
import { cardText } from '../../../src/teachers/image/card-text.ts';

const card: TeacherCard = {
  name: 'digits-teacher',
  command: 'fewstep teacher train recipes/digits-teacher.yaml',
  data: { kind: 'mnist', patch: 7 },
  seed: 1,
  steps: 4000,
  batch: 64,
  draws: 4,
  promptDropout: 0.1,
  parameters: 3_130_063,
  trainingSeconds: 3000,
  loss: { loss: 0.25, flow: 0.2, letters: 0.35 },
  threads: 1,
  machine: 'a processor, 2 cores',
  node: 'v20.20.2',
  finishedAt: '2026-11-23',
};
const around = (value: number) => ({ value, low: 0.9 * value, high: 1.1 * value });
const row = (guidance: number, steps: number, fd: number) => ({
  guidance,
  steps,
  nfe: 2 * steps,
  fd: around(fd),
  accuracy: { value: 0.98, low: 0.97, high: 0.99 },
  accuracyByPrompt: [1, 0.9, 0.95, 0.99],
  seconds: 1,
});

test('a card tells how the teacher was made and that it was not measured yet', () => {
  const text = cardText(card);
  expect(text).toContain('4000 steps of 64 images with 4 noise draws a token, 50 min on 1 thread of a shared machine');
  expect(text).toContain('| prompt dropout | 10 % |');
  expect(text).toContain('Quality has not been measured yet');
});

test('measurements are two tables, by steps and by guidance, beside the floor', () => {
  const text = cardText(card, {
    samples: 1000,
    solver: 'euler',
    guidance: 2,
    manySteps: 32,
    prompts: ['zero', 'one', 'two', 'three'],
    floor: around(1),
    rows: [row(2, 1, 30), row(2, 32, 5), row(3, 32, 7)],
    hash: 'ab'.repeat(32),
    features: { name: 'digits-features', hash: 'cd'.repeat(32), accuracy: 0.9931 },
  });
  expect(text).toContain('it is\n1.00 (0.90 – 1.10)');
  expect(text).toContain('| 1 | 2 | 30.00 (27.00 – 33.00) | 98.0 % (97.0 – 99.0) |\n| 32 | 64 | 5.00 (4.50 – 5.50)');
  expect(text).toContain('Other guidance scales at 32 steps');
  expect(text).toContain('least reliable prompts are one 90.0 %, two 95.0 %, three 99.0 %.');
  expect(text).toContain('5.0× as far');
  expect(text).toContain('| 3 | 64 | 7.00 (6.30 – 7.70)');
});
