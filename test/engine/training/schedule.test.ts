import { expect, it } from 'vitest';
import { scheduledRate } from '../../../src/engine/training/schedule.ts';

const rates = (schedule: 'constant' | 'cosine', steps: readonly number[]): unknown[] =>
  steps.map((step) => expect.closeTo(scheduledRate({ learningRate: 2, schedule, warmup: 4, steps: 12 }, step), 12));

it('the learning rate rises in equal steps to its peak at the end of warm-up', () => {
  expect([0.5, 1, 1.5, 2, 2]).toEqual(rates('constant', [0, 1, 2, 3, 11]));
});

it('then it falls along half a cosine to zero', () => {
  expect([2, 1 + Math.SQRT1_2, 1, 0]).toEqual(rates('cosine', [4, 6, 8, 12]));
});

it('without warm-up it starts at its peak, even where there is one step only', () => {
  expect(scheduledRate({ learningRate: 2, schedule: 'cosine', warmup: 0, steps: 1 }, 0)).toBe(2);
});
