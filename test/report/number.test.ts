import { describe, expect, it } from 'vitest';
import {
  count,
  duration,
  estimateText,
  intervalText,
  milliseconds,
  number,
  percent,
  times,
} from '../../src/report/number.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers', () => {
  it.each([
    [0, '0'],
    [12.134, '12.1'],
    [0.0012345, '0.00123'],
    [1234.5, '1,235'],
    [-0.0421, '−0.0421'],
  ])('shows %d in three significant digits', (value, text) => {
    expect(number(value)).toBe(text);
  });

  it('shows an interval in the precision of its value', () => {
    expect(estimateText({ value: 12.134, low: 11.456, high: 12.812 })).toBe('12.1 [11.5, 12.8]');
  });

  it('does not show more digits than an interval supports', () => {
    expect(estimateText({ value: 0.000867, low: 0.000367, high: 0.001567 })).toBe('0.00087 [0.00037, 0.00157]');
  });

  it('shows negative ends with a minus sign', () => {
    expect(intervalText({ value: 0, low: -0.0003, high: 0.0004 })).toBe('[−0.00030, 0.00040]');
  });

  it('shows shares as percentages, with the interval in the same unit', () => {
    expect(plain(estimateText({ value: 0.974, low: 0.968, high: 0.98 }, { unit: '%' }))).toBe('97.4 % [96.8, 98.0]');
    expect(plain(percent(0.0625))).toBe('6.3 %');
  });

  it.each([
    [7.34, '7.3×'],
    [12.4, '12×'],
    [0.034, '0.03×'],
    [9.96, '10×'],
  ])('shows the factor %d', (factor, text) => {
    expect(times(factor)).toBe(text);
  });

  it('shows times in the unit that suits the first', () => {
    expect(milliseconds(0.031, 0.0335, 0.0406).map(plain)).toEqual(['31.0 µs', '33.5', '40.6']);
    expect(milliseconds(0.4, 1.2).map(plain)).toEqual(['400 µs', '1,200']);
    expect(milliseconds(1500).map(plain)).toEqual(['1.50 s']);
  });

  it.each([
    [4.21, '4.21 s'],
    [59.7, '1 min 00 s'],
    [200, '3 min 20 s'],
    [3900, '1 h 05 min'],
  ])('shows %d seconds as a length of time', (seconds, text) => {
    expect(plain(duration(seconds))).toBe(text);
  });

  it('shortens large counts', () => {
    expect(plain(count(7_266_304))).toBe('7.27 M');
    expect(count(812)).toBe('812');
  });
});
