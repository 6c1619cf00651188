import { describe, expect, it } from 'vitest';
import { symmetricEigen, symmetricRoot, timesTransposed } from '../../../src/evaluation/statistics/eigen.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const randomSymmetric = (d: number): Float64Array => {
  const half = Float64Array.from(stream('eigen', d).normal(d * d));
  return timesTransposed(half, half, d);
};

describe('the symmetric eigen-decomposition', () => {
  it('knows the eigenvalues of [[2, 1], [1, 2]]', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect(values[0]).toBeCloseTo(1, 12);
    expect(values[1]).toBeCloseTo(3, 12);
    expect(Math.abs(vectors[1] ?? 0)).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it.each([1, 7, 64, 128])('rebuilds a random matrix of %i dimensions', (d) => {
    const matrix = randomSymmetric(d);
    const { values, vectors } = symmetricEigen(matrix, d);
    const scaled = vectors.map((value, index) => value * (values[index % d] ?? 0));
    const rebuilt = timesTransposed(scaled, vectors, d);
    expect(Math.max(...rebuilt.map((value, index) => Math.abs(value - (matrix[index] ?? 0))))).toBeLessThan(1e-9 * d);
  });

  it('takes the root of a matrix without full rank', () => {
    const matrix = Float64Array.of(4, 0, 0, 0, 9, 0, 0, 0, 0);
    const root = symmetricRoot(matrix, 3);
    [2, 0, 0, 0, 3, 0, 0, 0, 0].forEach((value, index) => {
      expect(root[index]).toBeCloseTo(value, 12);
    });
  });
});
