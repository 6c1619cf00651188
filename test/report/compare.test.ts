import { readdir } from 'node:fs/promises';
import { parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { compareRuns, writeComparison } from '../../src/report/compare.ts';
import { evaluationOf } from './fixture/evaluation.ts';
import { temporaryFolder } from './fixture/temporary.ts';

const one = evaluationOf();
const two = { ...evaluationOf({ seeds: [2] }), recipe: 'digits-full', samples: 5000, preview: false };

describe('comparing runs', () => {
  it('shows step counts and methods side by side in 100 columns', async () => {
    const { text } = await compareRuns([one, two]);
    expect(text).toMatchInlineSnapshot(`
      "Steps  NFE  Run          Head                FD  ÷ teacher  Dispersion  Images/s  Speed-up
      ─────  ───  ───────────  ───────────  ─────────  ─────────  ──────────  ────────  ────────
          1    1  digits       consistency  19.3 ±1.0       1.69  0.68 ±0.01       127      3.7×
          1    1  digits-full  consistency  19.9 ±1.0       1.74  0.68 ±0.01       127      3.7×
          1    1  digits       trajectory   24.6 ±1.2       2.16  0.84 ±0.02       127      3.7×
          1    1  digits-full  trajectory   25.3 ±1.3       2.22  0.84 ±0.02       127      3.7×
          2    2  digits       trajectory   14.9 ±0.8       1.31  0.95 ±0.02       122      3.5×
          2    2  digits-full  trajectory   15.4 ±0.8       1.35  0.95 ±0.02       122      3.5×
          2    2  digits       consistency  16.2 ±0.8       1.42  0.79 ±0.02       122      3.5×
          2    2  digits-full  consistency  16.7 ±0.8       1.46  0.79 ±0.02       122      3.5×
          4    4  digits       trajectory   12.1 ±0.6       1.06  0.98 ±0.02       112      3.3×
          4    4  digits-full  trajectory   12.5 ±0.6       1.09  0.98 ±0.02       112      3.3×
          4    4  digits       consistency  14.4 ±0.7       1.26  0.87 ±0.02       112      3.3×
          4    4  digits-full  consistency  14.8 ±0.7       1.30  0.87 ±0.02       112      3.3×
         32   64  digits       teacher      11.4 ±0.6                             34.4      1.0×
         32   64  digits-full  teacher      11.4 ±0.6                             34.4      1.0×

      The runs have different numbers of samples: FD falls with more samples.
      At least one of the runs is a preview.
      "
    `);
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
  });

  it('has every head of every run as CSV', async () => {
    const { csv } = await compareRuns([one, two]);
    expect(csv.trim().split('\n')).toHaveLength(1 + one.rows.length + two.rows.length);
  });

  it('says what keeps the numbers from being compared', async () => {
    const other = { ...two, features: { name: 'other', hash: 'ff', accuracy: 1 } };
    const told = { ...two, statistics: { name: 'stats.npz', hash: 'ff' } };
    expect((await compareRuns([one, told])).text).toContain('different statistics of real images');
    const { text } = await compareRuns([{ ...one, preview: false }, other]);
    expect(text).toContain('different feature networks');
    expect(text).toContain('different numbers of samples');
    expect(text).not.toContain('preview');
    expect((await compareRuns([two, two])).text).not.toContain('different');
  });

  it('tells runs of one name apart by hash, then by number', async () => {
    const { csv } = await compareRuns([
      one,
      { ...one, recipeHash: 'abcdef0123' },
      { ...one, recipeHash: 'abcdef0123' },
    ]);
    const runs = new Set(
      csv
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0]),
    );
    expect([...runs]).toEqual(['digits 8c1f0a2', 'digits abcdef0 (2)', 'digits abcdef0 (3)']);
  });

  it('draws a line a student and run, and a page that parses', async () => {
    const comparison = await compareRuns([one, two]);
    for (const { file, svg } of comparison.figures) await expect(svg).toMatchFileSnapshot(`golden/${file}.svg`);
    expect(comparison.figures).toHaveLength(2);
    const errors: string[] = [];
    parse(comparison.html, { onParseError: ({ code }) => errors.push(code) });
    expect(errors).toEqual([]);
    expect(comparison.html).toContain('digits-full: trajectory');
  });

  it('writes its files', async () => {
    const folder = await temporaryFolder();
    await writeComparison(await compareRuns([one]), folder);
    expect((await readdir(folder)).sort()).toEqual([
      ...['comparison-forwards.png', 'comparison-forwards.svg'],
      ...['csv', 'html', 'png', 'svg', 'txt'].map((end) => `comparison.${end}`),
    ]);
  });

  it('compares runs without students too', async () => {
    const bare = { ...one, rows: one.rows.filter(({ kind }) => kind !== 'student') };
    const comparison = await compareRuns([bare]);
    expect(comparison.figures).toEqual([]);
    expect(comparison.text).toContain('teacher');
  });
});
