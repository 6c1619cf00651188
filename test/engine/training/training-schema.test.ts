import { describe, expect, it } from 'vitest';
import { featuresTraining, studentTraining, teacherTraining } from '../../../src/engine/training/training-schema.ts';

const given = { steps: 1, learningRate: 0.1 };
const shared = {
  warmup: 100,
  schedule: 'cosine',
  ema: 0.999,
  clip: 1,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
  checkpointEvery: 500,
} as const;

describe('the options of a training', () => {
  it('have defaults of their kind', () => {
    expect(studentTraining.parse(given)).toEqual({ ...given, ...shared, batch: 512 });
    expect(teacherTraining.parse(given)).toEqual({ ...given, ...shared, batch: 128, draws: 4 });
    expect(featuresTraining.parse(given)).toEqual({ ...given, ...shared, batch: 128 });
  });

  it.each([
    ['steps', 1, 1_000_000, 1],
    ['learningRate', 1e-9, 1, 1e-9],
    ['warmup', 0, 1_000_000, 1],
    ['ema', 0, 0.999999, 1e-7],
    ['clip', 1e-9, 1e6, 1e-9],
    ['weightDecay', 0, 1, 1e-7],
    ['beta1', 0, 0.9999, 1e-7],
    ['beta2', 0, 0.999999, 1e-7],
    ['checkpointEvery', 1, 1_000_000, 1],
    ['batch', 1, 1_048_576, 1],
    ['draws', 1, 256, 1],
  ])('%s is from %d to %d', (name, least, most, below) => {
    const accepts = (value: number): boolean => studentTraining.safeParse({ ...given, [name]: value }).success;
    expect([least, most].map(accepts)).toEqual([true, true]);
    expect([least - below, most + Math.max(below, most * 1e-7)].map(accepts)).toEqual([false, false]);
  });

  it.each([
    ['teacher', teacherTraining],
    ['feature network', featuresTraining],
  ])('a %s has batches of at most 65,536 images', (_, schema) => {
    const accepts = (batch: number): boolean => schema.safeParse({ ...given, batch }).success;
    expect([0, 1, 65_536, 65_537].map(accepts)).toEqual([false, true, true, false]);
  });
});
