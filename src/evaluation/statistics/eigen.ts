import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { dot } from './dot.ts';

/** A symmetric matrix's eigenvalues in ascending order and its eigenvectors, one a column of `vectors` [d, d]. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Decomposes a symmetric matrix [d, d], row-major (Householder's tridiagonal form, then implicit QL; 3 ms at d = 64). */
export function symmetricEigen(matrix: Float64Array, d: number): Eigen {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(wrap(matrix, d), {
    assumeSymmetric: true,
  });
  return { values: Float64Array.from(realEigenvalues), vectors: Float64Array.from(eigenvectorMatrix.to1DArray()) };
}

/** The symmetric root of a positive semi-definite matrix [d, d]; eigenvalues that rounding made negative count as 0. */
export const symmetricRoot = (matrix: Float64Array, d: number): Float64Array => rootOf(symmetricEigen(matrix, d));

/** The same of a matrix that is decomposed. */
export const rootOf = (eigen: Eigen): Float64Array => recomposed(eigen, (value) => Math.max(0, value) ** 0.5);

/** Spread below this share of the largest root eigenvalue is rounding. */
export const ROUNDING = 1e-7;

/** The inverse of the root; without the directions in which there is no spread. */
export function inverseRootOf(eigen: Eigen): Float64Array {
  const least = ROUNDING * Math.sqrt(Math.max(0, eigen.values.at(-1) ?? 0));
  return recomposed(eigen, (value) => (Math.sqrt(Math.max(0, value)) > least ? value ** -0.5 : 0));
}

/** V·diag(f(λ))·Vᵀ for f ≥ 0. */
function recomposed({ values, vectors }: Eigen, f: (value: number) => number): Float64Array {
  const d = values.length;
  const half = vectors.map((value, index) => value * Math.sqrt(f(values[index % d] as number)));
  return timesTransposed(half, half, d);
}

/** A·Bᵀ of matrices [d, d], row-major. */
export function timesTransposed(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let row = 0; row < d; row++) {
    for (let column = 0; column < d; column++) out[row * d + column] = dot(a, row * d, b, column * d, d);
  }
  return out;
}

/** The transpose of a matrix [d, d]. */
export const transposed = (matrix: Float64Array, d: number): Float64Array =>
  matrix.map((_, cell) => matrix[(cell % d) * d + Math.floor(cell / d)] as number);

function wrap(matrix: Float64Array, d: number): Matrix {
  return new Matrix(Array.from({ length: d }, (_, row) => Array.from(matrix.subarray(row * d, (row + 1) * d))));
}
