/**
 * 95 % intervals by the delete-a-group jackknife (Shao and Tu, "The jackknife and bootstrap", 1995, ch. 2.3), for
 * statistics that are smooth in the samples' distribution. Resampling with replacement is no choice here: repeated
 * rows add to a Fréchet distance a bias of its own, and the interval misses the value.
 *
 * Two targets. `estimate` is an interval of the statistic's expectation *at this number of samples*, around the plain
 * value: what two rows of one table are compared by, because both carry the same bias. `populationEstimate` moves
 * value and interval by the jackknife's estimate of that bias: an interval of the limit of endlessly many samples.
 */
import { stream } from '../random/philox.ts';
import type { Estimate } from './result.ts';

/** A set (by number) and the group of it that is left out. */
export interface Omission {
  readonly set: number;
  readonly group: number;
}

/** A statistic of independent sets of rows, and its values with each group of each set left out. */
export interface Replicates {
  readonly value: number;
  /** A list a set. */
  readonly without: readonly (readonly number[])[];
  /** What the statistic cannot be below; intervals end there. */
  readonly least: number;
}

/**
 * Evaluates a statistic whole and without each group; `groups` has the number of groups of each independent set, `least`
 * is what the statistic cannot be below.
 */
export function replicate(
  groups: readonly number[],
  statistic: (omitted?: Omission) => number,
  least = Number.NEGATIVE_INFINITY,
): Replicates {
  return {
    least,
    value: statistic(),
    without: groups.map((count, set) => Array.from({ length: count }, (_, group) => statistic({ set, group }))),
  };
}

/** A function of two statistics of the same sets and groups: a difference or a ratio of paired values. */
export function combine(a: Replicates, b: Replicates, of: (a: number, b: number) => number): Replicates {
  return {
    least: Number.NEGATIVE_INFINITY,
    value: of(a.value, b.value),
    without: a.without.map((values, set) =>
      values.map((value, group) => of(value, b.without[set]?.[group] ?? Number.NaN)),
    ),
  };
}

/** The statistic with a 95 % interval of its expectation at this number of samples. */
export function estimate(replicates: Replicates): Estimate {
  const { value, low, high } = around(replicates.value, replicates);
  return { value, low: Math.max(low, replicates.least), high };
}

/** The statistic less its bias, with a 95 % interval of its limit for endlessly many samples. */
export const populationEstimate = (replicates: Replicates): Estimate =>
  around(replicates.value - jackknifeBias(replicates), replicates);

function around(value: number, replicates: Replicates): Estimate {
  const freedom = Math.min(...replicates.without.map((values) => values.length)) - 1;
  const reach = studentQuantile(freedom) * standardError(replicates);
  return { value, low: value - reach, high: value + reach };
}

/** √ of the sum over sets of (g − 1)/g · Σ (θ₍ᵢ₎ − mean)². */
function standardError({ without }: Replicates): number {
  const variance = (values: readonly number[]): number => {
    const centre = mean(values);
    const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    return (squares * (values.length - 1)) / values.length;
  };
  return Math.sqrt(without.reduce((sum, values) => sum + variance(values), 0));
}

/** The sum over sets of (g − 1)·(mean of θ₍ᵢ₎ − θ). */
const jackknifeBias = ({ value, without }: Replicates): number =>
  without.reduce((sum, values) => sum + (values.length - 1) * (mean(values) - value), 0);

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
};

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

const RESAMPLES = 1000;

/** The mean of independent values with the percentile interval of 1000 resamples with replacement. */
export function bootstrapMean(values: ArrayLike<number>, seed: number): Estimate {
  const draws = stream('bootstrap', seed);
  const fractions = new Float32Array(values.length);
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    draws.uniform(fractions);
    let sum = 0;
    for (let i = 0; i < fractions.length; i++)
      sum += values[Math.floor((fractions[i] as number) * fractions.length)] ?? 0;
    return sum / fractions.length;
  }).sort();
  return { value: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** A quantile of sorted values, linear between neighbours. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
