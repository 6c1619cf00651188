import { expect, test } from 'vitest';
import { stream } from '../../../src/ground/random/philox.ts';
import {
  measureNormalization,
  normalizeTokens,
  quantizeTokens,
} from '../../../src/teachers/data/token-normalization.ts';

const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i % 3 === 2 ? 0 : (i * 37) % 256));
const normalization = measureNormalization(bytes, 3);

test('normalised tokens have mean 0 and variance 1 in every channel that varies', () => {
  const tokens = normalizeTokens(bytes, stream('fraction').uniform(bytes.length), normalization);
  for (const channel of [0, 1]) {
    const values = [...tokens].filter((_, i) => i % 3 === channel);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(variance).toBeCloseTo(1, 2);
  }
});

test('a channel that never varies is not blown up', () => {
  expect(normalization.std[2]).toBeCloseTo(0.05, 6);
});

test('bytes come back whatever fraction was drawn', () => {
  for (const fraction of [0.001, 0.5, 0.999]) {
    const tokens = normalizeTokens(bytes, new Float32Array(bytes.length).fill(fraction), normalization);
    expect(quantizeTokens(tokens, normalization)).toEqual(bytes);
  }
});

test('values outside the range are clipped', () => {
  const flat = { mean: Float32Array.of(0.5), std: Float32Array.of(1) };
  expect([...quantizeTokens(Float32Array.of(-3, 3, 0), flat)]).toEqual([0, 255, 128]);
});
