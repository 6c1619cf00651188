import { describe, expect, it } from 'vitest';
import { metrics } from '../../../src/evaluation/metric/table.ts';
import { renderPngs } from '../../../src/report/figure/png.ts';
import { renderSvg } from '../../../src/report/figure/render.ts';
import { figuresOf } from '../../../src/report/figure/table.ts';
import { summarize } from '../../../src/report/summary.ts';
import type { TrainingLog } from '../../../src/report/training-log.ts';
import { evaluationOf } from '../fixture/evaluation.ts';

const training: readonly TrainingLog[] = ['trajectory', 'consistency'].map((student, index) => ({
  ...{ student, seed: 1 },
  lines: Array.from({ length: 30 }, (_, step) => ({
    ...{ step: step * 100, gradientNorm: 1, learningRate: 0.001, secondsElapsed: step },
    loss: (1 + index) * 0.85 ** step * (step % 2 === 0 ? 1 : 1.2),
    ...(step % 3 === 0 && {
      rawError: 0.3 + (1 - 0.3 * index) * 0.9 ** step,
      heldOutEnergy: (1 + index) * 0.9 ** step - 0.06,
      ...(index === 0 && { heldOutLoss: 0.9 ** step + 0.002 * step, trainedLoss: 0.9 ** step }),
    }),
  })),
}));

const summary = summarize(evaluationOf({ seeds: [1, 2, 3] }));

const figures = figuresOf(metrics);

const golden = [
  'pareto',
  'fd-steps',
  'fd-to-teacher-nfe',
  'kid-steps',
  'dispersion',
  'loss',
  'held-out',
  'raw-error',
  'speed',
  'seeds',
];

async function drawn(name: string): Promise<string> {
  const figure = figures.find((candidate) => candidate.name === name);
  const drawing = figure?.draw(summary, training);
  if (!drawing) throw new Error(`${name} is not drawn`);
  return renderSvg(name, drawing, 'alt');
}

describe('figures', () => {
  it.each(golden)('%s is drawn as it was', async (name) => {
    await expect(await drawn(name)).toMatchFileSnapshot(`../golden/${name}.svg`);
  });

  it('have names that are file names, each its own', () => {
    const names = figures.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  it('are left out where the run measured nothing that they show', () => {
    const evaluation = evaluationOf();
    const rows = evaluation.rows.map(({ speed, cost, ...row }) => ({ ...row, quality: {} }));
    const bare = summarize({ ...evaluation, rows });
    expect(figures.filter(({ draw }) => draw(bare, []) !== undefined)).toEqual([]);
  });

  it('show hostile names as text', async () => {
    const evaluation = evaluationOf();
    const name = '"><script>alert(1)</script>';
    const rows = evaluation.rows.map((row) => (row.name === 'trajectory' ? { ...row, name } : row));
    const hostile = summarize({ ...evaluation, rows });
    for (const { name: file, draw } of figures.filter((figure) =>
      ['pareto', 'fd-steps', 'speed'].includes(figure.name),
    )) {
      const drawing = draw(hostile, []);
      if (drawing) expect(await renderSvg(file, drawing, name)).not.toContain('<script');
    }
  });

  it('show a name of fifty letters whole', async () => {
    const evaluation = evaluationOf();
    const name = 'rectified-flow-distilled-twice-with-a-smaller-head';
    const rows = evaluation.rows.map((row) => (row.name === 'trajectory' ? { ...row, name } : row));
    const long = summarize({ ...evaluation, rows });
    for (const { name: file, draw } of figures.filter((figure) =>
      ['pareto', 'fd-steps', 'dispersion', 'speed'].includes(figure.name),
    )) {
      const drawing = draw(long, []);
      expect(drawing && (await renderSvg(file, drawing, 'alt'))).toMatch(new RegExp(`>${name}(, \\d+ steps?)?<`));
    }
  });

  it('are drawn as PNG at two pixels a unit with the font that comes along', async () => {
    const svg = await drawn('speed');
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    const [png] = await renderPngs([svg]);
    expect(png?.toString('latin1', 1, 4)).toBe('PNG');
    expect([png?.readUInt32BE(16), png?.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)]);
    const [without] = await renderPngs([svg.replace(/<text[\s\S]*?<\/text>/g, '')]);
    expect(png?.equals(without ?? Buffer.alloc(0))).toBe(false);
  });
});
