/**
 * Precision and recall (Kynkäänniemi et al., arXiv 1904.06991), density and coverage (Naeem et al., arXiv 2002.09797)
 * by k nearest neighbours. Identical distributions: density 1, coverage 1 − 2⁻ᵏ in expectation for many rows.
 */
import { DataError } from '../errors.ts';
import { wilson } from './accuracy.ts';
import { bootstrapMean } from './interval.ts';
import type { Estimate } from './result.ts';
import { checkSameColumns, type Rows } from './rows.ts';

/** Fidelity (precision, density) and diversity (recall, coverage) of samples; density may exceed 1. */
export interface Coverage {
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly density: Estimate;
  readonly coverage: Estimate;
}

/**
 * Compares samples [N, d] with a reference [M, d]. Shares have Wilson's intervals, density one by resampling its terms;
 * all of them hold the balls fixed. Throws DataError where a set has no k-th neighbour.
 */
export function coverage(samples: Rows, reference: Rows, k = 5): Coverage {
  checkSameColumns(samples, reference);
  const [n = 0, d = 0] = samples.shape;
  const [m = 0] = reference.shape;
  if (Math.min(n, m) <= k)
    throw new DataError(`rows: expected more than ${k} for ${k} neighbours, got ${Math.min(n, m)}`);
  const radiusOfSample = neighbourSquares(samples, k);
  const radiusOfReference = neighbourSquares(reference, k);
  const inside = new Uint32Array(n); // reference balls around each sample
  const reached = new Uint8Array(m); // reference rows inside a sample's ball
  const covered = new Uint8Array(m); // reference balls that hold a sample
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const square = squaredDistance(samples.data, i, reference.data, j, d);
      if (square <= (radiusOfSample[i] as number)) reached[j] = 1;
      if (square > (radiusOfReference[j] as number)) continue;
      covered[j] = 1;
      inside[i] = (inside[i] as number) + 1;
    }
  }
  return {
    precision: share(inside),
    recall: share(reached),
    density: bootstrapMean(
      Float64Array.from(inside, (balls) => balls / k),
      SEED,
    ),
    coverage: share(covered),
  };
}

const SEED = 1;

/** The share of counts that are not zero. */
const share = (counts: ArrayLike<number>): Estimate =>
  wilson(Array.from(counts).filter((count) => count > 0).length, counts.length);

/** The squared distance of each row to its k-th nearest other row. */
function neighbourSquares({ shape, data }: Rows, k: number): Float64Array {
  const [count = 0, d = 0] = shape;
  const nearest = new Float64Array(k);
  return Float64Array.from({ length: count }, (_, row) => {
    nearest.fill(Number.POSITIVE_INFINITY);
    for (let other = 0; other < count; other++) {
      if (other !== row) keepSmallest(nearest, squaredDistance(data, row, data, other, d));
    }
    return nearest[k - 1] as number;
  });
}

/** Puts a value in its place among the smallest ones, in ascending order. */
function keepSmallest(smallest: Float64Array, value: number): void {
  let place = smallest.length - 1;
  if (value >= (smallest[place] as number)) return;
  for (; place > 0 && (smallest[place - 1] as number) > value; place--) smallest[place] = smallest[place - 1] as number;
  smallest[place] = value;
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += ((a[i * d + k] as number) - (b[j * d + k] as number)) ** 2;
  return sum;
}
