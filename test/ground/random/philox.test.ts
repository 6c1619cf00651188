import { describe, expect, it } from 'vitest';
import { philox, stream } from '../../../src/ground/random/philox.ts';

describe('philox', () => {
  // counter, key and block as in Random123's tests/kat_vectors, lines `philox4x32 10`
  it.each<[[number, number, number, number], [number, number], string]>([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the known answer of counter %j, key %j', (counter, key, answer) => {
    const out = new Uint32Array(4);
    philox(out, ...counter, ...key);
    expect([...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(answer);
  });
});

/** Mean, variance, and third and fourth standardised moments. */
function moments(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const central = (power: number) => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  const variance = central(2);
  return { mean, variance, skew: central(3) / variance ** 1.5, kurtosis: central(4) / variance ** 2 };
}

describe('a stream', () => {
  it('gives the same numbers for the same key and others for another', () => {
    expect(stream('a', 1).normal(9)).toEqual(stream('a', 1).normal(9));
    const keys = [['a', 1], ['a', 2], ['b', 1], ['a', '1'], ['a1'], [1, 'a'], ['a', 1, 0], []];
    const firsts = keys.map((key) =>
      stream(...key)
        .uniform(4)
        .join(),
    );
    expect(new Set(firsts).size).toBe(keys.length);
  });

  it('keeps its numbers from version to version', () => {
    const draw = () => stream('trajectories', 1, 0, 7);
    const text = (values: Float32Array) => [...values].map((value) => value.toFixed(5)).join(' ');
    expect(text(draw().uniform(4))).toBe('0.52924 0.98142 0.90522 0.03242');
    expect(text(draw().normal(4))).toBe('-1.34011 -0.65956 -1.70429 -0.88258');
    expect(draw().permutation(8).join(' ')).toBe('4 5 6 2 1 3 0 7');
  });

  it('does not depend on how the draws are cut up or what is drawn between', () => {
    const whole = stream('cut').normal(23);
    const pieces = stream('cut');
    const drawn = [1, 4, 7, 0, 11].flatMap((length) => {
      pieces.uniform(3);
      pieces.permutation(5);
      return [...pieces.normal(length)];
    });
    expect(drawn).toEqual([...whole]);
    const integers = stream('cut');
    expect([...integers.integers(3, 10), ...integers.integers(4, 10)]).toEqual([...stream('cut').integers(7, 10)]);
  });

  it('fills the array that it is given', () => {
    const out = new Float32Array(5);
    expect(stream('fill').uniform(out)).toBe(out);
    expect(out).toEqual(stream('fill').uniform(5));
  });

  it('draws uniform numbers strictly between 0 and 1', () => {
    const values = stream('uniform').uniform(400_000);
    expect(values.every((value) => value > 0 && value < 1)).toBe(true);
    const { mean, variance, kurtosis } = moments(values);
    expect(mean).toBeCloseTo(1 / 2, 2);
    expect(variance).toBeCloseTo(1 / 12, 3);
    expect(kurtosis).toBeCloseTo(9 / 5, 2);
  });

  it('draws normal numbers of mean 0, variance 1, skew 0, kurtosis 3, uncorrelated with their neighbours', () => {
    const values = stream('normal').normal(1_000_000);
    const { mean, variance, skew, kurtosis } = moments(values);
    // five standard errors of each
    expect(Math.abs(mean)).toBeLessThan(0.005);
    expect(Math.abs(variance - 1)).toBeLessThan(0.0071);
    expect(Math.abs(skew)).toBeLessThan(0.0123);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.0245);
    for (const lag of [1, 2, 3, 4]) {
      const product = values.subarray(lag).reduce((sum, value, i) => sum + value * (values[i] ?? 0), 0);
      expect(Math.abs(product / values.length)).toBeLessThan(0.005);
    }
  });

  it('draws integers evenly (χ² of 10 cells under its 99.9 % point)', () => {
    const counts = new Array<number>(10).fill(0);
    for (const value of stream('integers').integers(100_000, 10)) counts[value] = (counts[value] ?? 0) + 1;
    expect(counts).toHaveLength(10);
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });

  it('draws every permutation evenly (χ² of the 24 orders of 4)', () => {
    const source = stream('orders');
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = source.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(49.7);
  });

  it('refuses a key that is not finite and a range that is none', () => {
    expect(() => stream('a', Number.NaN)).toThrow('must be finite, got NaN');
    expect(() => stream('a').integers(1, 0)).toThrow('expected 1 to 2^31, got 0');
  });
});
