import { describe, expect, it } from 'vitest';
import { modelCard } from '../../src/report/card.ts';
import { resultsCsv } from '../../src/report/csv.ts';
import { ownTimesSentence, ownTimesText } from '../../src/report/own-times.ts';
import { summarize } from '../../src/report/summary.ts';
import { verdictText } from '../../src/report/verdict.ts';
import { evaluationOf } from './fixture/evaluation.ts';

const own = [0, 0.34375, 1];
const evaluation = evaluationOf();
const isTwo = ({ name, steps }: { readonly name: string; readonly steps: number }): boolean =>
  name === 'trajectory' && steps === 2;
const summary = summarize({
  ...evaluation,
  rows: evaluation.rows.map((row) => (isTwo(row) ? { ...row, times: own } : row)),
});

describe('factors on noise', () => {
  const scaled = summarize({
    ...evaluation,
    rows: evaluation.rows.map((row) => (isTwo(row) ? { ...row, noiseScales: [1.05, 0.95] } : row)),
  });

  it('are named in the terminal, on the card and on the page, where there are any', () => {
    const sentence = 'Noise is scaled, the first and then each new one: trajectory, 2 steps: 1.05, 0.95.';
    expect(verdictText(scaled)).toContain(sentence);
    expect(verdictText(summary)).not.toContain('Noise is scaled');
    const card = modelCard(scaled, 'trajectory', { files: [], seed: 1 });
    expect(card).toContain('| Factors on the noise, in the files | 1 | 1.05, 0.95 | 1 | 1 |');
    expect(modelCard(summary, 'trajectory', { files: [], seed: 1 })).not.toContain('Factors on the noise');
  });

  it('are a column of the results', () => {
    const [header = '', ...lines] = resultsCsv(scaled).trimEnd().split('\n');
    const place = header.split(',').indexOf('noise_scales');
    const found = lines.map((line) => line.split(',')[place]).filter((cell) => cell !== '');
    expect(found).toEqual(evaluation.rows.filter(isTwo).map(() => '1.05 0.95'));
  });
});

describe('times of their own', () => {
  it('are told in three decimals, of each seed where these differ, and are none where steps are equal', () => {
    const [row] = evaluation.rows;
    if (row === undefined) throw new Error('an evaluation without rows');
    expect(ownTimesText({ rows: [row] })).toBeUndefined();
    const at = (times: number[]) => ({ ...row, times });
    expect(ownTimesText({ rows: [at(own), at(own)] })).toBe('0, 0.344, 1');
    expect(ownTimesText({ rows: [at(own), at([0, 0.5, 1])] })).toBe('0, 0.344, 1 or 0, 0.5, 1');
  });

  it('are named in the terminal, where there are any', () => {
    expect(ownTimesSentence(summarize(evaluation).entries)).toBe('');
    const sentence = 'Times of their own, the others are equal: trajectory, 2 steps: 0, 0.344, 1.';
    expect(ownTimesSentence(summary.entries)).toBe(sentence);
    expect(verdictText(summary)).toContain(sentence);
  });

  it('stand on the card in a row of the table, equal ones too', () => {
    const card = modelCard(summary, 'trajectory', { files: [], seed: 1 });
    expect(card).toContain('| Times of the steps | equal | 0, 0.344, 1 | equal | equal |');
    expect(modelCard(summarize(evaluation), 'trajectory', { files: [], seed: 1 })).not.toContain('Times of the steps');
  });

  it('are a column of the results', () => {
    const [header = '', ...lines] = resultsCsv(summary).trimEnd().split('\n');
    const place = header.split(',').indexOf('times');
    const found = lines.map((line) => line.split(',')[place]);
    expect(found.filter((cell) => cell === '0 0.34375 1')).toHaveLength(evaluation.rows.filter(isTwo).length);
    expect(found.filter((cell) => cell !== '0 0.34375 1' && cell !== '')).toEqual([]);
  });
});
