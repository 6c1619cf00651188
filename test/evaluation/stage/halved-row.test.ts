import { expect, it } from 'vitest';
import { halvedRow } from '../../../src/evaluation/stage/halved-row.ts';
import type { PlannedRow } from '../../../src/evaluation/stage/plan.ts';
import type { SampledRow } from '../../../src/evaluation/stage/samples.ts';

const row = (steps: number, more: Partial<PlannedRow> = {}, rest: Partial<SampledRow> = {}): SampledRow => ({
  row: {
    kind: 'student',
    name: 'one',
    method: 'trajectory',
    student: 'one',
    sampler: 'flow-map',
    steps,
    seed: 1,
    ...more,
  },
  ...{ path: '', other: false },
  ...rest,
});

it('halves the steps of the same student, sampler, seed and scale', () => {
  const right = row(4);
  const rows = [row(2), row(4, { name: 'two' }), row(4, { seed: 2 }), row(4, {}, { guidance: 2 }), row(8), right];
  expect(halvedRow(row(2), rows)).toBe(right);
  expect(halvedRow(row(4), [row(2), row(16)])).toBeUndefined();
});

const facts = {
  ...{ name: 'one', method: 'trajectory', seed: 1, folder: '', path: '', hash: '' },
  facts: { steps: 1, samples: 1, forwards: 1, seconds: 1 },
};

it('is none of solvers, of steps that change, of times of their own, and of samplers that add noise', () => {
  const rows = [row(4), row(4, { sampler: 'consistency-renoised' })];
  expect(halvedRow(row(2, { sampler: 'consistency-renoised' }), rows)).toBeUndefined();
  expect(halvedRow(row(2, { annealed: { from: 2, to: 1 } }), rows)).toBeUndefined();
  const given = { ...facts, times: { 2: [0, 0.4, 1] } };
  expect(halvedRow(row(2, {}, { student: given }), [row(4, {}, { student: given })])).toBeUndefined();
  const scaled = { ...facts, noiseScales: { 2: [1.1] } };
  expect(halvedRow(row(2, {}, { student: scaled }), [row(4, {}, { student: scaled })])).toBeUndefined();
  expect(halvedRow(row(2), [row(4, { annealed: { from: 4, to: 1 } })])).toBeUndefined();
  const { sampler: _, ...solver } = row(2).row;
  expect(halvedRow({ ...row(2), row: solver }, [{ ...row(4), row: { ...solver, steps: 4 } }])).toBeUndefined();
});
