import { describe, expect, it } from 'vitest';
import { accuracy, classesOf, wilson } from '../../../src/evaluation/statistics/accuracy.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { stream } from '../../../src/ground/random/philox.ts';

describe('accuracy', () => {
  it('is the share of classes as expected', () => {
    expect(accuracy([1, 2, 3, 4], [1, 2, 0, 4]).value).toBe(0.75);
  });

  it.each([
    [9, 10, 0.5958, 0.9821],
    [0, 20, 0, 0.1611],
    [20, 20, 0.8389, 1],
  ])('has Wilson’s interval for %i of %i', (right, count, low, high) => {
    expect(wilson(right, count).low).toBeCloseTo(low, 4);
    expect(wilson(right, count).high).toBeCloseTo(high, 4);
  });

  it('has an interval that covers a share near one', () => {
    const hits = Array.from({ length: 400 }, (_, i) => {
      const classes = stream('wilson', i)
        .uniform(200)
        .map((u) => (u < 0.97 ? 1 : 0));
      const { low, high } = accuracy(classes, new Float32Array(200).fill(1));
      return low <= 0.97 && 0.97 <= high;
    });
    expect(hits.filter(Boolean).length / 400).toBeGreaterThanOrEqual(0.92);
  });

  it('of a single class is all or nothing', () => {
    expect([accuracy([4], [4]).value, accuracy([4], [3]).value]).toEqual([1, 0]);
  });

  it('refuses other numbers of classes', () => {
    expect(() => accuracy([1], [1, 2])).toThrow(DataError);
    expect(() => accuracy([], [])).toThrow(DataError);
  });

  it('takes the class of the largest logit', () => {
    const logits = { shape: [2, 3], data: Float32Array.of(0, 3, 1, -1, -2, -1) };
    expect([...classesOf(logits)]).toEqual([1, 0]);
  });
});
