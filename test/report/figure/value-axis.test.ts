import { describe, expect, it } from 'vitest';
import { spread, valueAxis } from '../../../src/report/figure/value-axis.ts';

const exact = (value: number) => ({ value, low: value, high: value });

describe('a value axis', () => {
  it('is logarithmic, with one, two and five as ticks', () => {
    const axis = valueAxis([exact(1), exact(100)], true);
    expect(axis.type).toBe('log');
    expect(axis.ticks).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(axis.pixel(10, 200)).toBeCloseTo(100);
  });

  it('has only powers of ten over many decades, and round numbers inside one', () => {
    expect(valueAxis([exact(0.001), exact(1000)], true).ticks).toEqual([0.001, 0.01, 0.1, 1, 10, 100, 1000]);
    expect(valueAxis([exact(12), exact(16)], true).ticks).toEqual([10, 12, 14, 16, 18]);
  });

  it('puts zero and below at the lower end of a logarithmic axis', () => {
    const axis = valueAxis([{ value: 1, low: -1, high: 2 }, exact(-3)], true);
    expect(axis.clamp(-1)).toBe(axis.domain[0]);
    expect(axis.pixel(-1, 100)).toBe(100);
    expect(axis.clamp(1)).toBe(1);
  });

  it('does not stretch for a floor far below what was measured', () => {
    const axis = valueAxis([exact(1), exact(10)], true, [exact(1e-6)]);
    expect(axis.domain[0]).toBeGreaterThan(0.1);
  });

  it('is linear where nothing is above zero, and for metrics that are not logarithmic', () => {
    expect(valueAxis([exact(-1), exact(0)], true).type).toBe('linear');
    const axis = valueAxis([exact(0), exact(1)], false);
    expect(axis.type).toBe('linear');
    expect(axis.pixel(0.5, 100)).toBeCloseTo(50);
  });

  it('has room for a single value', () => {
    const { domain } = valueAxis([exact(0)], false);
    expect(domain[0]).toBeLessThan(0);
    expect(domain[1]).toBeGreaterThan(0);
  });
});

describe('spreading labels', () => {
  it('moves them apart in their order, and no further than the axis', () => {
    expect(spread([50, 52, 10], 14, 100)).toEqual([50, 64, 10]);
    expect(spread([99, 98], 14, 100)).toEqual([100, 86]);
  });
});
