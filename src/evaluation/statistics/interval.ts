/**
 * 95 % intervals from a statistic's expansion in its independent units (von Mises 1947; Efron and Stein, "The jackknife
 * estimate of variance", 1981). The squares of the units' influences, the infinitesimal jackknife, estimate the
 * variance of the linear part, but count that of the quadratic part twice: near equality, where distances are
 * quadratic, such an interval is √2 too wide. The variance of the quadratic part is therefore estimated by itself, from
 * what pairs of units do together, and taken off once. Resampling with replacement is no choice here: repeated rows add
 * to a Fréchet distance a bias of its own, and the interval misses the value. Skewed units widen it (`skewness.ts`); of
 * squared distances the width is that of the ends, not of the value (`distance-interval.ts`).
 *
 * Two targets. `estimate` is an interval of the statistic's expectation *at this number of samples*, around the plain
 * value: what two rows of one table are compared by, because both carry the same bias. `populationEstimate` moves
 * value and interval by the bias of the quadratic part: an interval of the limit of endlessly many samples.
 */
import type { Estimate } from '../../ground/estimate.ts';
import { distanceEnds } from './distance-interval.ts';
import { skewedReach, skewnessOf } from './skewness.ts';

/** A statistic of independent sets of independent units (rows, or clusters of rows), to second order. */
export interface Expansion {
  readonly value: number;
  /** A list a set: by how much each unit moves the value, up to a constant that all units of a set share. */
  readonly influences: readonly Float64Array[];
  /** What pairs do beyond the sum of both; the sum of the squares is the variance of the quadratic part. */
  readonly interactions: Float64Array;
  /** What the quadratic part adds to the expectation. */
  readonly bias: number;
  /** What the statistic cannot be below; intervals end there. */
  readonly least: number;
  /** Is a squared distance: at equality its linear part vanishes, and its expectation is its bias. */
  readonly squaredDistance?: true;
}

/** A smooth function of two statistics of the same sets and units: a difference or a ratio of paired values. */
export function combine(a: Expansion, b: Expansion, { value, slopes: [da, db] }: Combination): Expansion {
  const both = (x: Float64Array, y: Float64Array): Float64Array => x.map((one, i) => da * one + db * (y[i] as number));
  return {
    value,
    influences: a.influences.map((list, set) => both(list, b.influences[set] ?? list)),
    interactions: both(a.interactions, b.interactions),
    bias: da * a.bias + db * b.bias,
    least: Number.NEGATIVE_INFINITY,
  };
}

/** The value of a function of two numbers and its two partial derivatives. */
export interface Combination {
  readonly value: number;
  readonly slopes: readonly [number, number];
}

/** a − b. */
export const difference = (a: number, b: number): Combination => ({ value: a - b, slopes: [1, -1] });

/** a / b. */
export const ratio = (a: number, b: number): Combination => ({ value: a / b, slopes: [1 / b, -a / (b * b)] });

/** The statistic with a 95 % interval of its expectation at this number of samples. */
export function estimate(expansion: Expansion): Estimate {
  const { value, low, high } = around(expansion.value, expansion);
  return { value, low: Math.max(low, expansion.least), high };
}

/** The root of a statistic that is not negative, with the roots of its interval's ends. */
export function rootEstimate(expansion: Expansion): Estimate {
  const { value, low, high } = estimate(expansion);
  return { value: Math.sqrt(value), low: Math.sqrt(Math.max(0, low)), high: Math.sqrt(high) };
}

/** The statistic less its bias, with a 95 % interval of its limit for endlessly many samples. */
export const populationEstimate = (expansion: Expansion): Estimate =>
  around(expansion.value - expansion.bias, expansion);

function around(value: number, expansion: Expansion): Estimate {
  const freedom = Math.min(...expansion.influences.map((values) => values.length)) - 1;
  const reach = studentQuantile(freedom);
  const { linear, quadratic } = variancesOf(expansion);
  const { below, above } = skewedReach(reach, skewnessOf(expansion.influences));
  const error = Math.sqrt(Math.max(linear, 0) + quadratic);
  const [low, high] = [value - below * error, value + above * error];
  if (!expansion.squaredDistance) return { value, low, high };
  const excess = expansion.value - expansion.bias;
  const ends = distanceEnds({ excess, linear, quadratic }, reach);
  const end = value + (ends.high - excess);
  return { value, low: value + (ends.low - excess), high: linear > quadratic ? Math.max(end, high) : end };
}

/** The variances of both parts; the jackknife's is linear plus twice quadratic. */
function variancesOf({ influences, interactions }: Expansion): { readonly linear: number; readonly quadratic: number } {
  const jackknife = influences.reduce((sum, values) => sum + values.length * sampleVariance(values), 0);
  const quadratic = interactions.reduce((sum, value) => sum + value * value, 0);
  return { linear: jackknife - 2 * quadratic, quadratic };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function sampleVariance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

const NORMAL = 1.959963984540054;

/** Where the expansion does not hold: 1 and 2 degrees of freedom, in closed form. */
const fewFreedoms: Readonly<Record<number, number>> = { 1: Math.tan(0.475 * Math.PI), 2: 0.95 / Math.sqrt(0.04875) };

/** The 97.5 % quantile of Student's t by the Cornish–Fisher expansion (Abramowitz and Stegun 26.7.5); within 0.2 %. */
export function studentQuantile(freedom: number): number {
  const z = NORMAL;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return fewFreedoms[freedom] ?? terms.reduce((sum, term, power) => sum + term / freedom ** (power + 1), z);
}

/** The mean of independent values, none below `least`, with its 95 % interval; of one value, the value alone. */
export function meanEstimate(values: Float64Array, least = Number.NEGATIVE_INFINITY): Estimate {
  const value = mean(values);
  if (values.length < 2) return { value, low: value, high: value };
  const influences = [values.map((one) => one / values.length)];
  return estimate({ value, influences, interactions: new Float64Array(0), bias: 0, least });
}

/** The standard error of the mean of independent values; undefined of one. */
export const standardError = (values: Float64Array): number | undefined =>
  values.length < 2 ? undefined : Math.sqrt(sampleVariance(values) / values.length);

/** A quantile of sorted values, linear between neighbours. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
