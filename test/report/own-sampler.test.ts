import { expect, it } from 'vitest';
import { ownSamplerSentence } from '../../src/report/own-sampler.ts';
import { summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const evaluation = evaluationOf();
const own = {
  ...({
    kind: 'solver',
    name: 'teacher own sampler',
    method: 'ddpm',
    seed: 1,
    steps: 100,
    nfe: 200,
    own: true,
  } as const),
  ...{ guidance: 1.5, quality: {} },
};

/** The sentence where the teacher's flow and every student are so far from the own sampler. */
const sentence = (teacher: number, student: number): string => {
  const rows = evaluation.rows.map((row) => {
    const value = row.kind === 'teacher' ? teacher : student;
    return { ...row, quality: { ...row.quality, energyToOwn: { value, low: value - 0.01, high: value + 0.01 } } };
  });
  return ownSamplerSentence(summarize({ ...evaluation, rows: [...rows, own] }));
};

it('says what the flow alone costs, and how far the recommended student is from what users see', () => {
  expect(sentence(0.065, 0.07)).toMatch(
    /^The system’s own sampler \(ddpm, 100 steps\) is 0\.065 \[0\.055, 0\.075\] by energy distance from the guided flow that students learn: what the flow alone costs\. [\w ]+, \d steps?, is 0\.070 \[0\.060, 0\.080\] from it\.$/,
  );
});

it('names the student that is nearest to what users see, where it is another, beside the flow', () => {
  const rows = evaluation.rows.map((row) => {
    const value = row.name === 'consistency' && row.steps === 1 ? 0.012 : row.kind === 'teacher' ? 0.065 : 0.07;
    return { ...row, quality: { ...row.quality, energyToOwn: { value, low: value - 0.004, high: value + 0.004 } } };
  });
  expect(ownSamplerSentence(summarize({ ...evaluation, rows: [...rows, own] }))).toMatch(
    / from it\. Nearest to it, however far from the flow, is consistency, 1 step: 0\.0120 \[0\.0080, 0\.0160\], the flow 0\.0650\.$/,
  );
});

it('says where they are not told apart', () => {
  expect(sentence(0.004, 0.07)).toContain(
    'is not told apart from the guided flow that students learn: energy distance 0.004',
  );
});

it('says nothing where it was not measured', () => {
  expect(ownSamplerSentence(summarize(evaluation))).toBe('');
});
