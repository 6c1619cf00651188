import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../../src/ground/file/half.ts';

const words = Array.from({ length: 1 << 16 }, (_, word) => word);

/** The word's neighbours decide every rounding: exact back, ties to the even one, the rest to the nearer. */
function roundingFaults(from: (word: number) => number, to: (number: number) => number, largest: number): string[] {
  const faults: string[] = [];
  for (let word = 0; word < largest; word++) {
    const [low, high] = [from(word), from(word + 1)];
    const middle = (low + high) / 2;
    const even = word & 1 ? word + 1 : word;
    const step = (high - low) / 16;
    const cases: [number, number][] = [
      [low, word],
      [middle, even],
      [middle - step, word],
      [middle + step, word + 1],
    ];
    for (const [number, expected] of cases) {
      if (to(number) !== expected) faults.push(`${number} gave ${to(number)}, expected ${expected}`);
      if (to(-number) !== (expected | 0x8000)) faults.push(`${-number}`);
    }
  }
  return faults;
}

describe('half precision', () => {
  it.each([
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ])('has the word %i for %f', (word, number) => {
    expect(fromFloat16(word)).toBe(number);
    expect(toFloat16(number)).toBe(word);
  });

  it('rounds every number between two words to the nearest, ties to even', () => {
    expect(roundingFaults(fromFloat16, toFloat16, 0x7bff)).toEqual([]);
  });

  it('gives back every word, a NaN as some NaN', () => {
    for (const word of words) {
      const number = fromFloat16(word);
      if (Number.isNaN(number)) expect(toFloat16(number) & 0x7fff).toBeGreaterThan(0x7c00);
      else if (toFloat16(number) !== word) expect.fail(`word ${word} came back as ${toFloat16(number)}`);
    }
  });

  it('becomes infinite from 65520 on and zero to 2^-25', () => {
    expect(toFloat16(65519.99609375)).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(3e38)).toBe(0x7c00);
    expect(toFloat16(2 ** -25)).toBe(0);
    expect(toFloat16(2 ** -25 * 1.0001)).toBe(1);
    expect(toFloat16(-1e-30)).toBe(0x8000);
    expect(toFloat16(2 ** -149)).toBe(0);
  });
});

describe('bfloat16', () => {
  it.each([
    [0x3f80, 1],
    [0xc000, -2],
    [0x4049, 3.140625],
    [0x7f7f, 3.3895313892515355e38],
    [0x7f80, Number.POSITIVE_INFINITY],
    [0x0001, 9.183549615799121e-41],
    [0x8000, -0],
  ])('has the word %i for %f', (word, number) => {
    expect(fromBfloat16(word)).toBe(number);
    expect(toBfloat16(number)).toBe(word);
  });

  it('rounds every number between two words to the nearest, ties to even', () => {
    expect(roundingFaults(fromBfloat16, toBfloat16, 0x7f7f)).toEqual([]);
  });

  it('keeps a NaN a NaN and becomes infinite above the largest number', () => {
    expect(toBfloat16(Number.NaN) & 0x7fff).toBeGreaterThan(0x7f80);
    expect(toBfloat16(3.4028234663852886e38)).toBe(0x7f80);
  });
});
