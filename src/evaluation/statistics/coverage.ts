/**
 * Precision and recall (Kynkäänniemi et al., arXiv 1904.06991), density and coverage (Naeem et al., arXiv 2002.09797)
 * by k nearest neighbours. Identical distributions: density 1, coverage 1 − 2⁻ᵏ in expectation for many rows. Rows
 * share balls and balls share rows, so that shares vary more than as many independent trials; by how much, halves of
 * both sets with neighbours of their own tell. A statistic of neighbours is local: its variance falls as 1/N at any N, so
 * that nothing is taken off for what pairs do together. Only density's does not quite: with more rows, balls crowd on
 * fewer samples (hubs: Radovanović et al. 2010), and its variance is multiplied by the growth, from halves to the whole,
 * of what the number of balls varies by from sample to sample.
 */
import { DataError } from '../../ground/errors.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { shareInterval } from './accuracy.ts';
import { HALF_FREEDOM, type HalfSampled, type Halves, halfSample } from './half-sampling.ts';
import { studentQuantile } from './interval.ts';
import { checkSameColumns, type Rows } from './rows.ts';
import { skewedReach } from './skewness.ts';

/** Fidelity (precision, density) and diversity (recall, coverage) of samples; density may exceed 1. */
export interface Coverage {
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly density: Estimate;
  readonly coverage: Estimate;
}

/** How neighbourhoods are compared. */
export interface CoverageOptions {
  /** Neighbours that a ball reaches to; 5 unless given. */
  readonly k?: number;
  /** Consecutive rows of one independent unit; 1 unless given. */
  readonly cluster?: number;
}

/** Compares samples [N, d] with a reference [M, d]. Throws DataError where a half of a set has no k-th neighbour. */
export function coverage(samples: Rows, reference: Rows, { k = 5, cluster = 1 }: CoverageOptions = {}): Coverage {
  checkSameColumns(samples, reference);
  const [n = 0] = samples.shape;
  const [m = 0] = reference.shape;
  const least = 2 * cluster * Math.ceil((k + 1) / cluster);
  if (Math.min(n, m) < least)
    throw new DataError(`rows: expected at least ${least} for ${k} neighbours in each half, got ${Math.min(n, m)}`);
  const squares = {
    samples: squaresBetween(samples, samples),
    across: squaresBetween(samples, reference),
    reference: squaresBetween(reference, reference),
  };
  const all = [n, m].map((count) => new Uint8Array(count).fill(1));
  const shares = sharesOf(squares, all, k);
  const halves = halfSample([n, m], { seed: SEED, cluster }, (half) => sharesOf(squares, half, k));
  const measured = (index: number): Measured => ({
    value: shares[index] as number,
    half: halves[index] as HalfSampled,
  });
  return {
    precision: share(measured(0), n),
    recall: share(measured(1), m),
    density: mean(measured(2), measured(4), (shares[5] as number) / (k ** 3 * n ** 2)),
    coverage: share(measured(3), m),
  };
}

const SEED = 1;

interface Measured {
  readonly value: number;
  readonly half: HalfSampled;
}

/** A share with Wilson's interval for as many independent trials as vary like it. */
function share({ value, half }: Measured, count: number): Estimate {
  const variance = half.difference;
  const trials = variance === 0 ? count : (half.mean * (1 - half.mean)) / variance;
  return shareInterval(value, trials, studentQuantile(HALF_FREEDOM));
}

/** With the variance of the balls a sample is in, and the third cumulant of their mean. */
function mean({ value, half }: Measured, balls: Measured, third: number): Estimate {
  const growth = balls.half.mean === 0 ? 1 : balls.value / balls.half.mean;
  const error = Math.sqrt(half.difference * growth);
  const { below, above } = skewedReach(studentQuantile(HALF_FREEDOM), error === 0 ? 0 : third / error ** 3);
  return { value, low: Math.max(0, value - below * error), high: value + above * error };
}

/** Squared distances of rows [n] to rows [m]. */
interface Squares {
  readonly columns: number;
  readonly values: Float64Array;
}

interface AllSquares {
  readonly samples: Squares;
  readonly across: Squares;
  readonly reference: Squares;
}

/** Of the rows inside: precision, recall, density, coverage; variance and third moment of the balls a sample is in. */
function sharesOf(squares: AllSquares, [mine, other]: Halves, k: number): readonly number[] {
  const rows = placesOf(mine);
  const references = placesOf(other);
  const radiusOfSample = neighbourSquares(squares.samples, rows, k);
  const radiusOfReference = neighbourSquares(squares.reference, references, k);
  const reached = new Uint8Array(references.length); // reference rows inside a sample's ball
  const covered = new Uint8Array(references.length); // reference balls that hold a sample
  const around = new Float64Array(rows.length); // balls that a sample is in
  rows.forEach((row, i) => {
    let balls = 0;
    references.forEach((column, j) => {
      const square = squares.across.values[row * squares.across.columns + column] as number;
      if (square <= (radiusOfSample[i] as number)) reached[j] = 1;
      if (square > (radiusOfReference[j] as number)) return;
      covered[j] = 1;
      balls++;
    });
    around[i] = balls;
  });
  const count = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);
  const balls = around.reduce((sum, value) => sum + value, 0);
  return [
    around.filter((value) => value > 0).length / rows.length,
    count(reached) / references.length,
    balls / k / rows.length,
    count(covered) / references.length,
    momentAbout(around, balls / rows.length, 2),
    momentAbout(around, balls / rows.length, 3),
  ];
}

const momentAbout = (values: Float64Array, centre: number, power: number): number =>
  values.reduce((sum, value) => sum + (value - centre) ** power, 0) / values.length;

const placesOf = (half: Uint8Array | undefined): Int32Array =>
  Int32Array.from(half?.keys() ?? []).filter((row) => half?.[row] === 1);

/** The squared distance of each row to its k-th nearest other one. */
function neighbourSquares({ columns, values }: Squares, rows: Int32Array, k: number): Float64Array {
  const nearest = new Float64Array(k);
  return Float64Array.from(rows, (row) => {
    nearest.fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < rows.length; i++) {
      const other = rows[i] as number;
      const square = values[row * columns + other] as number;
      if (other !== row && square < (nearest[k - 1] as number)) keepSmallest(nearest, square);
    }
    return nearest[k - 1] as number;
  });
}

/** Puts a value that is less than the last of the smallest ones in its place among them, in ascending order. */
function keepSmallest(smallest: Float64Array, value: number): void {
  let place = smallest.length - 1;
  for (; place > 0 && (smallest[place - 1] as number) > value; place--) smallest[place] = smallest[place - 1] as number;
  smallest[place] = value;
}

function squaresBetween(a: Rows, b: Rows): Squares {
  const [n = 0, d = 0] = a.shape;
  const [m = 0] = b.shape;
  const values = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const known = a === b && j < i;
      values[i * m + j] = known ? (values[j * m + i] as number) : squaredDistance(a.data, i, b.data, j, d);
    }
  }
  return { columns: m, values };
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += ((a[i * d + k] as number) - (b[j * d + k] as number)) ** 2;
  return sum;
}
