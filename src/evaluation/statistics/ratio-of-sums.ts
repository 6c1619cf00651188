import type { Expansion } from './interval.ts';

/**
 * Σ a / Σ b of paired positive values, one pair a unit; single units may have nothing below. A unit moves both sums together:
 * its influence is by how much the ratio changes without it (the jackknife), a unit that holds nearly all of the sum below
 * bounded. Undefined of fewer than two units, or where the sum below is 0.
 */
export function ratioOfSums(above: Float64Array, below: Float64Array): Expansion | undefined {
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  const [total, count] = [sum(below), above.length];
  if (count < 2 || total === 0) return undefined;
  const value = sum(above) / total;
  const moved = (one: number, unit: number): number => {
    const own = below[unit] as number;
    return ((count - 1) / count) * ((one - value * own) / Math.max(total - own, total / count));
  };
  return { value, influences: [above.map(moved)], interactions: new Float64Array(0), bias: 0, least: 0 };
}
