import { expect, it } from 'vitest';
import { seriesOf } from '../../../src/report/figure/series.ts';
import { summarize } from '../../../src/report/summary.ts';
import { evaluationOf } from '../fixture/evaluation.ts';

it('a solver keeps its shape however its steps are, and its dash says how; no two series are alike', () => {
  const evaluation = evaluationOf();
  const others = evaluation.rows.flatMap((row) =>
    row.kind === 'solver' && row.steps === 4
      ? [
          { ...row, name: `${row.name}, searched times`, fit: 'times' },
          { ...row, name: `${row.name} annealed to 1`, stepsByToken: [4, 1] },
        ]
      : [],
  );
  const series = seriesOf(summarize({ ...evaluation, rows: [...evaluation.rows, ...others] }));
  const look = (name: string) => series.find((one) => one.name === name);
  const [equal, searched, annealed] = ['', ', searched times', ' annealed to 1'].map((how) =>
    look(`teacher heun${how}`),
  );
  expect(new Set([equal, searched, annealed].map((one) => one?.shape)).size).toBe(1);
  expect(new Set([equal, searched, annealed].map((one) => one?.dash.join())).size).toBe(3);
  expect(look('teacher euler')?.shape).not.toBe(equal?.shape);
  expect(new Set(series.map(({ colour, shape, dash }) => `${colour} ${shape} ${dash}`)).size).toBe(series.length);
});
