import { describe, expect, it } from 'vitest';
import {
  featuresTraining,
  type OptimizerChoice,
  studentTraining,
  studentTrainingDefaults,
  teacherTraining,
  withOptimizer,
} from '../../../src/engine/training/training-schema.ts';

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
    expect(studentTraining.parse(given)).toEqual({ ...given, batch: 512 });
    expect(studentTrainingDefaults).toEqual({ learningRate: 1e-3, ...shared });
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
    ['muonScale', 1e-9, 1000, 1e-9],
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

describe('the optimizer of a training', () => {
  it.each([
    ['student', studentTraining],
    ['teacher', teacherTraining],
    ['feature network', featuresTraining],
  ])('of a %s is adamw or muon, and not said unless given', (_, schema) => {
    const accepts = (optimizer: string): boolean => schema.safeParse({ ...given, optimizer }).success;
    expect(['adamw', 'muon', 'sgd'].map(accepts)).toEqual([true, true, false]);
    expect(Object.keys(schema.parse(given))).not.toContain('optimizer');
    expect(Object.keys(schema.parse(given))).not.toContain('muonScale');
  });

  const [adamw, muon] = [{ optimizer: 'adamw' }, { optimizer: 'muon' }] as const;
  const cases: [where: string, chosen: OptimizerChoice, usual: OptimizerChoice, expected: OptimizerChoice][] = [
    ['nothing is said', {}, {}, {}],
    ['adamw is said', adamw, {}, {}],
    ['muon is said', muon, {}, { ...muon, muonScale: 5 }],
    ['muon is said with its scale', { ...muon, muonScale: 2 }, {}, { ...muon, muonScale: 2 }],
    ['muon is usual', {}, { ...muon, muonScale: 3 }, { ...muon, muonScale: 3 }],
    ['muon is usual and the scale is said', { muonScale: 2 }, { ...muon, muonScale: 3 }, { ...muon, muonScale: 2 }],
    ['muon is usual and adamw is said', adamw, { ...muon, muonScale: 3 }, adamw],
    ['a scale stands alone, which is refused later', { muonScale: 2 }, {}, { muonScale: 2 }],
  ];
  it.each(cases)('is settled where %s', (_, chosen, usual, expected) => {
    const settled = withOptimizer({ ...given, ...usual, ...chosen }, chosen, usual);
    expect(settled).toEqual({ ...given, ...expected });
    expect(withOptimizer(settled, settled, usual)).toEqual(settled);
  });
});
