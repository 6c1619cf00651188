import { describe, expect, it } from 'vitest';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import type { Reference } from '../../../src/evaluation/stage/reference.ts';
import { rowBreakdown } from '../../../src/evaluation/stage/row-breakdown.ts';
import type { RowSamples } from '../../../src/evaluation/stage/samples.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const [contexts, draws, size, images, length, prompts] = [6, 32, 2, 40, 3, 4];
const normal = (key: string, shape: readonly number[], shift = 0) => ({
  shape: [...shape],
  data: stream('row-breakdown', key)
    .normal(shape.reduce((a, b) => a * b, 1))
    .map((z) => z + shift),
});
const position = { shape: [contexts], data: Int32Array.of(2, 1, 0, 2, 1, 0) };
const tokens = (key: string, shift = 0) => normal(key, [contexts, draws, size], shift);
const ofImages = (key: string, shift = 0) => normal(`${key} images`, [images, length, size], shift);
const rows = prepareRows(normal('rows', [images, 2]), prompts);

const reference: Reference = {
  tokens: { own: tokens('own'), other: tokens('other') },
  position,
  byScale: new Map([
    [1, tokens('other', -1)],
    [1.5, tokens('other')],
    [2, tokens('other', 1)],
  ]),
  imageTokens: { own: ofImages('own'), other: ofImages('other', 5) },
  images: {
    ...{ prompts, labels: Int32Array.from({ length: images }, (_, i) => i % prompts), real: rows },
    ...{ teacher: rows, teacherOther: rows },
    blank: { value: new Float32Array(size), tolerance: new Float32Array(size) },
  },
};
const samples: RowSamples = {
  ...{ tokens: tokens('samples', 1), position, image_tokens: ofImages('samples', 5) },
  scaled: new Map([
    [1, tokens('samples', 1)],
    [2, tokens('samples', 1)],
  ]),
};

describe('the breakdown of a row', () => {
  it('is against the teacher’s second set: tokens, scales and the tokens of images', () => {
    const found = rowBreakdown(samples, reference, { guidance: 1.5, other: false });
    expect(found.contexts.position).toEqual([2, 1, 0, 2, 1, 0]);
    const nearest = found.guidance?.nearest.toSorted((a, b) => a.energyDistance.value - b.energyDistance.value)[0];
    expect(nearest?.guidance).toBe(2);
    expect(found.tokens?.energyDistance).toHaveLength(length);
    for (const distance of found.tokens?.energyDistance ?? []) expect(distance).toBeLessThan(1);
  });

  it('of the teacher’s second set is against its first, and follows no scale', () => {
    const second = {
      ...samples,
      tokens: tokens('other'),
      scaled: reference.byScale,
      image_tokens: ofImages('other', 5),
    };
    const floor = rowBreakdown(second, reference, { guidance: 1.5, other: true });
    expect(floor.guidance).toBeUndefined();
    for (const distance of floor.tokens?.energyDistance ?? []) expect(distance).toBeGreaterThan(5);
    const mean = floor.contexts.energyDistance.reduce((sum, value) => sum + value / contexts, 0);
    expect(mean).toBeLessThan(0.2);
  });
});
