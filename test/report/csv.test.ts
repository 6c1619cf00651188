import { expect, it } from 'vitest';
import { plainText, resultsCsv, trainingCsv } from '../../src/report/csv.ts';
import { summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const line = { step: 10, loss: 0.5, gradientNorm: 1.5, learningRate: 0.001, secondsElapsed: 2 };

it('writes every row with every metric in a fixed order of columns', async () => {
  await expect(resultsCsv(summarize(evaluationOf()))).toMatchFileSnapshot('golden/results.csv');
});

it('keeps the columns where nothing was measured', () => {
  const evaluation = evaluationOf();
  const rows = evaluation.rows.map(({ speed, cost, grid, ...row }) => ({ ...row, quality: {} }));
  const header = (csv: string): string | undefined => csv.split('\n')[0];
  expect(header(resultsCsv(summarize({ ...evaluation, rows })))).toBe(header(resultsCsv(summarize(evaluation))));
});

it('writes the training logs, a line a step', () => {
  expect(
    trainingCsv([
      {
        student: 'a, "b"',
        seed: 1,
        lines: [line, { ...line, rawError: 0.75, heldOutLoss: 0.5, heldOutEnergy: 0.25, trainedLoss: 0.125 }],
      },
    ]),
  ).toBe(
    'student,seed,step,loss,gradient_norm,learning_rate,seconds_elapsed,raw_error,held_out_loss,held_out_energy,trained_loss\n' +
      '"a, ""b""",1,10,0.5,1.5,0.001,2,,,,\n"a, ""b""",1,10,0.5,1.5,0.001,2,0.75,0.5,0.25,0.125\n',
  );
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('keeps a spreadsheet from taking %j for a formula', (text) => {
  expect(plainText(text)).toBe(`'${text}`);
});
