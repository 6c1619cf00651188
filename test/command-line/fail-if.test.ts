import { describe, expect, it } from 'vitest';
import { failIf, judgedHeads, judgedStudents } from '../../src/command-line/fail-if.ts';
import type { ReferenceEvaluation } from '../../src/evaluation/reference/evaluate-reference.ts';
import { ConditionError } from '../../src/ground/errors.ts';
import { readCondition } from '../../src/report/condition.ts';
import { summarize } from '../../src/report/summary.ts';
import { verdictOf } from '../../src/report/verdict.ts';
import { evaluationOf } from '../report/fixture/evaluation.ts';

const evaluation = evaluationOf();
const check = (...texts: string[]) => failIf(texts.map(readCondition), judgedStudents(evaluation));

describe('conditions on a run', () => {
  it('are about the student that the verdict recommends', () => {
    const { student, speedup } = verdictOf(summarize(evaluation));
    expect(() =>
      check(`fd < ${student?.quality.fd?.value}`, `speedup > ${speedup}`, `nfe > ${student?.nfe}`),
    ).not.toThrow();
    expect(() => check(`fd <= ${student?.quality.fd?.value}`)).toThrow(`${student?.name}@${student?.steps} has fd`);
  });

  it('fail with an exit code of their own, and name all that hold', () => {
    const failure = () =>
      check('trajectory@4: fd > 1', 'trajectory@4: nfe > 4', 'trajectory@1: ratio_to_teacher > 1.5');
    expect(failure).toThrow(ConditionError);
    expect(failure).toThrow(
      /trajectory@4: fd > 1: trajectory@4 has fd [\d.]+\n.*trajectory@1 has ratio_to_teacher 2\.\d+$/,
    );
  });
});

it('conditions on a reference are about every student', () => {
  const row = (student: string, steps: number, value: number) => ({
    ...{ student, steps, nfe: steps, path: '', sampler: 'flow-map', method: 'trajectory' },
    energyDistance: { value, low: value - 1, high: value + 1 },
  });
  const students = [row('a', 1, 3), row('a', 2, 1)];
  const found = { students } as unknown as ReferenceEvaluation;
  const rows = judgedHeads(found);
  expect(() => failIf([readCondition('energy_distance > 2')], rows)).toThrow('a@1 has energy_distance 3');
  expect(() => failIf([readCondition('energy_distance.high > 4')], rows)).not.toThrow();
});
