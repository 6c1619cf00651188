import { describe, expect, it } from 'vitest';
import { contextNeighbours } from '../../../src/evaluation/statistics/context-neighbours.ts';
import { coverage } from '../../../src/evaluation/statistics/coverage.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const [contexts, draws, size] = [12, 100, 3];
/** Draws about a centre of each draw's own; contexts are far from each other. */
const about = (key: string, centre: (draw: number, context: number) => number) => ({
  shape: [contexts, draws, size],
  data: stream('context-neighbours', key)
    .normal(contexts * draws * size)
    .map((z, i) => {
      const context = Math.floor(i / (draws * size));
      return z + 100 * context + centre(Math.floor(i / size) % draws, context);
    }),
});
const teacher = about('teacher', (draw) => (draw % 2 === 0 ? -8 : 8));

describe('precision and recall in context', () => {
  it('are those of the draws of one context, averaged', () => {
    const samples = about('samples', (draw) => (draw % 2 === 0 ? -8 : 7));
    const found = contextNeighbours(samples, teacher);
    const alone = Array.from({ length: contexts }, (_, context) => {
      const rows = ({ data }: { readonly data: Float32Array }) => ({
        shape: [draws, size],
        data: data.subarray(context * draws * size, (context + 1) * draws * size),
      });
      return coverage(rows(samples), rows(teacher));
    });
    for (const name of ['precision', 'recall'] as const) {
      const mean = alone.reduce((sum, one) => sum + one[name].value / contexts, 0);
      expect(found[name].value).toBeCloseTo(mean, 10);
      expect(found[name].low).toBeLessThan(mean);
      expect(found[name].high).toBeGreaterThan(mean);
      expect(found[name].high).toBeLessThanOrEqual(1);
    }
  });

  it('tell a mode that is left out from draws between the modes', () => {
    const floor = contextNeighbours(
      about('other', (draw) => (draw % 2 === 0 ? -8 : 8)),
      teacher,
    );
    const dropped = contextNeighbours(
      about('dropped', () => -8),
      teacher,
    );
    const blurred = contextNeighbours(
      about('blurred', () => 0),
      teacher,
    );
    expect(dropped.precision.value).toBeGreaterThan(floor.precision.low - 0.05);
    expect(dropped.recall.value).toBeLessThan(0.55);
    expect(blurred.precision.value).toBe(0);
    expect(blurred.recall.value).toBe(0);
  });

  it('mix no contexts', () => {
    const exchanged = about('samples', (draw, context) => (draw % 2 === 0 ? -8 : 8) + (context % 2 === 0 ? 100 : -100));
    expect(contextNeighbours(exchanged, teacher).precision.value).toBe(0);
  });

  it('do not judge a context that hardly varies much finer than the average spread', () => {
    const quiet = (factor: number, shift: number) => ({
      ...teacher,
      data: teacher.data.map((x, i) => (i < draws * size ? factor * x + shift : x)),
    });
    const near = contextNeighbours(quiet(1e-4, 0.1), quiet(1e-4, 0));
    expect(near.precision.value).toBe(1);
    expect(contextNeighbours(quiet(1e-4, 10), quiet(1e-4, 0)).precision.value).toBeLessThan(1);
  });

  it('need six draws', () => {
    const few = { shape: [contexts * 20, 5, size], data: teacher.data };
    expect(() => contextNeighbours(few, few)).toThrow('expected more than 5 a context, got 5');
  });
});
