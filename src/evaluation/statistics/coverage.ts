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
import { type Neighbourhood, neighbourhood, radiiWithin } from './neighbours.ts';
import type { Rows } from './rows.ts';
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

/** The fewest rows of a set, halves of which have a k-th neighbour. */
const fewest = ({ k, cluster }: Required<CoverageOptions>): number => 2 * cluster * Math.ceil((k + 1) / cluster);

/** Whether both sets have rows enough. */
export const hasNeighbours = (samples: Rows, reference: Rows, { k = 5, cluster = 1 }: CoverageOptions = {}): boolean =>
  Math.min(samples.shape[0] ?? 0, reference.shape[0] ?? 0) >= fewest({ k, cluster });

/** Compares samples [N, d] with a reference [M, d]. Throws DataError where a half of a set has no k-th neighbour. */
export function coverage(samples: Rows, reference: Rows, { k = 5, cluster = 1 }: CoverageOptions = {}): Coverage {
  const [n = 0] = samples.shape;
  const [m = 0] = reference.shape;
  if (!hasNeighbours(samples, reference, { k, cluster }))
    throw new DataError(
      `rows: expected at least ${fewest({ k, cluster })} for ${k} neighbours in each half, got ${Math.min(n, m)}`,
    );
  const { shares, halves } = sharesWithin(samples, reference, { k, cluster, reach: LISTED * k });
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

/** Neighbours listed for each one that counts: half of a list, on average, is in a half of the set. */
const LISTED = 9;

interface Shares {
  readonly shares: readonly number[];
  readonly halves: readonly HalfSampled[];
}

/** Of all rows and of halves. Where a list of `reach` neighbours turns out too short, again with twice as many. */
function sharesWithin(
  samples: Rows,
  reference: Rows,
  { k, cluster, reach }: Required<CoverageOptions> & { readonly reach: number },
): Shares {
  const near = neighbourhood(samples, reference, reach);
  const counts = [samples.shape[0] ?? 0, reference.shape[0] ?? 0];
  const all = counts.map((count) => new Uint8Array(count).fill(1));
  let enough = true;
  const sharesIn = (part: Halves): readonly number[] => {
    const found = enough ? sharesOf(near, part, k) : undefined;
    enough = found !== undefined;
    return found ?? [];
  };
  const shares = sharesIn(all);
  const halves = halfSample(counts, { seed: SEED, cluster }, sharesIn);
  return enough ? { shares, halves } : sharesWithin(samples, reference, { k, cluster, reach: 2 * reach });
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

/**
 * Of the rows inside: precision, recall, density, coverage; variance and third moment of the balls a sample is in.
 * Undefined where a list of neighbours is too short.
 */
function sharesOf(
  { samples, reference, pairs }: Neighbourhood,
  [mine = none, other = none]: Halves,
  k: number,
): readonly number[] | undefined {
  const radiusOfSample = radiiWithin(samples, mine, k);
  const radiusOfReference = radiiWithin(reference, other, k);
  if (radiusOfSample === undefined || radiusOfReference === undefined) return undefined;
  const reached = new Uint8Array(other.length); // reference rows inside a sample's ball
  const covered = new Uint8Array(other.length); // reference balls that hold a sample
  const around = mine.reduce<number[]>((list, inside, row) => {
    if (inside !== 1) return list;
    let balls = 0; // that the sample is in
    for (let place = pairs.starts[row] as number; place < (pairs.starts[row + 1] as number); place++) {
      const column = pairs.columns[place] as number;
      if (other[column] !== 1) continue;
      const square = pairs.squares[place] as number;
      if (square <= (radiusOfSample[row] as number)) reached[column] = 1;
      if (square > (radiusOfReference[column] as number)) continue;
      covered[column] = 1;
      balls++;
    }
    list.push(balls);
    return list;
  }, []);
  const count = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);
  const balls = around.reduce((sum, value) => sum + value, 0);
  return [
    around.filter((value) => value > 0).length / around.length,
    count(reached) / count(other),
    balls / k / around.length,
    count(covered) / count(other),
    momentAbout(around, balls / around.length, 2),
    momentAbout(around, balls / around.length, 3),
  ];
}

const none = new Uint8Array(0);

const momentAbout = (values: readonly number[], centre: number, power: number): number =>
  values.reduce((sum, value) => sum + (value - centre) ** power, 0) / values.length;
