import { describe, expect, it } from 'vitest';
import type { Breakdown } from '../../../src/evaluation/breakdown/breakdown.ts';
import type { Evaluation } from '../../../src/evaluation/stage/result.ts';
import { distanceByPlace } from '../../../src/report/figure/by-place.ts';
import { renderSvg } from '../../../src/report/figure/render.ts';
import { worstContexts } from '../../../src/report/figure/worst-contexts.ts';
import { summarize } from '../../../src/report/summary.ts';
import { evaluationOf } from '../fixture/evaluation.ts';

const breakdown = (scale: number): Breakdown => ({
  contexts: {
    position: [3, 0],
    energyDistance: [0.2 * scale, 0.1 * scale],
    worst: [
      {
        context: 0,
        samples: [[1, 2]],
        teacher: [
          [3, 4],
          [5, 6],
        ],
      },
      { context: 1, samples: [[7, 8]], teacher: [[9, 10]] },
    ],
  },
  tokens: { energyDistance: [0.1, 0.2, 0.4].map((value) => value * scale), dispersion: [1, null, 1] },
});

const base = evaluationOf();
const evaluation: Evaluation = {
  ...base,
  floors: { ...base.floors, breakdown: breakdown(0.1) },
  rows: base.rows.map((row) => (row.kind === 'student' ? { ...row, breakdown: breakdown(row.steps) } : row)),
};

/** The values of a drawing's layers. */
const valuesOf = (drawing: unknown): Record<string, unknown>[][] =>
  (drawing as { layer: { data: { values: Record<string, unknown>[] } }[] }).layer.map(({ data }) => data.values);

describe('the figures of a breakdown', () => {
  it('draw the distance by place of the fewest and the most steps, the mean over seeds, beside the floor', async () => {
    const drawing = distanceByPlace(summarize(evaluation));
    const [floor, students] = valuesOf(drawing);
    expect(floor?.map(({ place }) => place)).toEqual([1, 2, 3]);
    expect(floor?.[2]?.value).toBeCloseTo(0.04, 10);
    expect(new Set(students?.map(({ steps }) => steps))).toEqual(new Set(['1 step', '4 steps']));
    const last = students?.find(
      ({ name, steps, place }) => name === 'trajectory' && steps === '4 steps' && place === 3,
    );
    expect(last?.value).toBeCloseTo(1.6, 10);
    if (drawing) expect(await renderSvg('by-place', drawing, 'places')).toContain('Token of the image');
  });

  it('draw the worst contexts of the recommended student', async () => {
    const drawing = worstContexts(summarize(evaluation));
    if (drawing === undefined) throw new Error('expected a drawing');
    const svg = await renderSvg('worst', drawing, 'contexts');
    expect(svg).toMatch(/Context 1, token 4: 0\.\d/);
    expect(svg).toMatch(/Context 2, token 1: 0\.\d/);
  });

  it('are none where nothing was broken down', () => {
    expect([distanceByPlace, worstContexts].map((draw) => draw(summarize(base)))).toEqual([undefined, undefined]);
  });
});
