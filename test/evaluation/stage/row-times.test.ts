import { expect, it } from 'vitest';
import { rowNoiseScales, rowTimes } from '../../../src/evaluation/stage/row-times.ts';

const facts = { steps: 1, samples: 1, forwards: 1, seconds: 1 };
const found = { sampler: 'flow-map', steps: 4, times: [0, 0.1, 0.2, 0.3, 1], error: 1, equal: 2 } as const;

it('a row takes steps at the times that were searched for its sampler and step count', () => {
  const student = { method: 'trajectory', facts: { ...facts, searched: [{ ...found, times: [...found.times] }] } };
  expect(rowTimes(student, { sampler: 'flow-map', steps: 4 })).toEqual(found.times);
  expect(rowTimes(student, { sampler: 'velocity', steps: 4 })).toBeUndefined();
  expect(rowTimes(student, { sampler: 'flow-map', steps: 2 })).toBeUndefined();
});

it('or at those that its recipe gives, by the sampler of its method alone', () => {
  const student = { method: 'trajectory', facts, times: { 2: [0, 0.25, 1] } };
  expect(rowTimes(student, { sampler: 'flow-map', steps: 2 })).toEqual([0, 0.25, 1]);
  expect(rowTimes(student, { sampler: 'velocity', steps: 2 })).toBeUndefined();
  expect(rowTimes(student, { sampler: 'flow-map', steps: 4 })).toBeUndefined();
});

it('its noise has the factors that its recipe gives, by the sampler of its method alone', () => {
  const student = { method: 'consistency', noiseScales: { 2: [1.1, 0.9] } };
  expect(rowNoiseScales(student, { sampler: 'consistency-renoised', steps: 2 })).toEqual([1.1, 0.9]);
  expect(rowNoiseScales(student, { sampler: 'flow-map', steps: 2 })).toBeUndefined();
  expect(rowNoiseScales(student, { sampler: 'consistency-renoised', steps: 4 })).toBeUndefined();
});
