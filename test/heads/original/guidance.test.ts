import { describe, expect, it } from 'vitest';
import { layoutOf, mixGroups } from '../../../src/heads/original/guidance.ts';
import { guidanceSchedules } from '../../../src/heads/original/guidance-schedule.ts';
import { postprocessed } from '../../../src/heads/original/postprocessing.ts';
import { relativeError } from '../../eager.ts';
import { goldens } from './golden-samples.ts';

describe.each(['a', 'b'])("guidance as in NextStep-1's code, case %s", (golden) => {
  it.each([
    ['cfg2', 2, 3, 1],
    ['cfg3', 3, 7.5, 2],
  ])('%s: plain and limited to the conditional norm', async (name, groups, guidance, imageGuidance) => {
    const io = await goldens('nextstep', `${golden}.io`);
    const { data, shape } = io.floats(`${name}.v`);
    const mixed = (normLimited: boolean): Float64Array =>
      mixGroups(Float64Array.from(data), groups, shape[1] ?? 0, { guidance, imageGuidance, normLimited });
    expect(relativeError(mixed(false), io.floats(`${name}.out`).data)).toBeLessThan(1e-6);
    expect(relativeError(mixed(true), io.floats(`${name}.out_norm`).data)).toBeLessThan(1e-6);
  });
});

describe('guidance schedules, from the formulas of the original code', () => {
  it("NextStep-1's of 2025 falls from the scale to just above 1", () => {
    const at = (made: number): number => guidanceSchedules['linear-2025'](7.5, made, 4);
    expect([0, 1, 2, 3].map(at)).toEqual([7.5, 5.875, 4.25, 2.625]);
  });

  it("NextStep-1's of 2026 waits at half the scale, or at 1 where that is more, then rises", () => {
    const at = (scale: number) => (made: number) => guidanceSchedules['linear-2026'](scale, made, 4);
    expect([0, 1, 2, 3].map(at(7.5))).toEqual([3.75, 3.75, 4.25, 5.875]);
    expect([0, 1, 2, 3].map(at(1.8))).toEqual([1, 1.2, 1.4, 1.6]);
  });

  it("MAR's rises from 1 by the share of tokens that are unmasked", () => {
    const at = (made: number): number => guidanceSchedules['linear-mar'](3, made, 256);
    expect([0, 64, 256].map(at)).toEqual([1, 1.5, 3]);
  });
});

describe('layouts', () => {
  const scales = { guidance: 3, imageGuidance: 1, normLimited: false };

  it('tell groups from rows, and stacked states from the guidance that is asked for', () => {
    expect(layoutOf(3, 6, scales)).toEqual({ groups: 2, stacked: false });
    expect(layoutOf(3, 9, scales)).toEqual({ groups: 3, stacked: false });
    expect(layoutOf(6, 6, scales)).toEqual({ groups: 2, stacked: true });
    expect(layoutOf(6, 6, { ...scales, guidance: 1 })).toEqual({ groups: 1, stacked: false });
    expect(() => layoutOf(3, 3, scales)).toThrow('c: expected 6 rows (2 groups) to guide 3 rows of x, got 3');
    expect(() => layoutOf(3, 5, scales)).toThrow('c: expected 3, 6 or 9 rows for 3 rows of x');
  });
});

describe('what is handed on', () => {
  it('is scaled back and put on its mean', () => {
    expect([...postprocessed(Float64Array.of(1, 2), 2, { scale: 0.5, std: [2, 3], mean: [10, 20] })]).toEqual([14, 32]);
  });

  it('is normalized over each token where the system does so', () => {
    const [a = 0, b = 0, ...rest] = postprocessed(Float64Array.of(3, 5, 0, 0), 2, { normalized: true });
    expect([a, b]).toEqual([-1 / Math.sqrt(1 + 1e-6), 1 / Math.sqrt(1 + 1e-6)]);
    expect(rest).toEqual([0, 0]);
  });
});
