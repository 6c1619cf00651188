import { describe, expect, it } from 'vitest';
import { syntheticWorld } from '../../../src/teachers/synthesis/world.ts';

const sizes = { token: 3, condition: 12, components: 4, length: 5 };

describe('a synthetic world', () => {
  it('is a function of seed and key', () => {
    const rows = syntheticWorld(sizes, 1)('a', 2);
    expect(syntheticWorld(sizes, 1)('a', 2)).toEqual(rows);
    expect(syntheticWorld(sizes, 1)('b', 2).target).not.toEqual(rows.target);
    expect(syntheticWorld(sizes, 2)('a', 2).target).not.toEqual(rows.target);
    expect([...rows.position]).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });

  it('replaces the part of the prompt, common to a sequence, by a constant where there is no prompt', () => {
    const { conditional, unconditional } = syntheticWorld(sizes, 3)('a', 2);
    const prompt = (row: number) =>
      Array.from({ length: 12 }, (_, i) => (conditional[12 * row + i] ?? 0) - (unconditional[12 * row + i] ?? 0));
    for (const [i, value] of prompt(0).entries()) {
      expect(prompt(4)[i]).toBeCloseTo(value, 5);
      expect(Math.abs((prompt(5)[i] ?? 0) - value)).toBeGreaterThan(1e-3);
    }
  });

  it('has tokens close to few centres that depend on the hidden state', () => {
    const { target, conditional } = syntheticWorld({ ...sizes, length: 1 }, 4)('a', 2000);
    const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
    const square = target.reduce((sum, value) => sum + (value - mean) ** 2, 0) / target.length;
    expect(Math.sqrt(square)).toBeGreaterThan(1);
    expect(Math.sqrt(square)).toBeLessThan(3);
    expect(conditional.every(Number.isFinite)).toBe(true);
    expect(Math.max(...target.map(Math.abs))).toBeLessThan(10);
  });
});
