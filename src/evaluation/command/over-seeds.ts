/** What numbers of several seeds tell: of themselves, and of what a further head of the same quality would be. */
import type { Estimate } from '../../ground/estimate.ts';
import { standardError, studentQuantile } from '../statistics/interval.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean with ends at so many of its standard errors (Student's t), or of the mean reach of the values' own intervals. */
function around(found: readonly Estimate[], factor: number): Estimate {
  const values = found.map(({ value }) => value);
  const error = standardError(Float64Array.from(values)) ?? Number.NaN;
  const reach = studentQuantile(values.length - 1) * error;
  const own = [mean(found.map((one) => one.value - one.low)), mean(found.map((one) => one.high - one.value))] as const;
  const value = mean(values);
  return { value, low: value - factor * Math.max(reach, own[0]), high: value + factor * Math.max(reach, own[1]) };
}

/**
 * The mean over two or more seeds with its 95 % interval by Student's t; no narrower than the mean of the intervals that the
 * values came with, which may cover what seeds do not vary.
 */
export const meanOverSeeds = (found: readonly Estimate[]): Estimate => around(found, 1);

/**
 * Where the mean of as many seeds of an equal head falls in 95 % of cases: a prediction interval, √2 as wide, for both means
 * vary (Hahn, "Additional factors for calculating prediction intervals", 1970). The teacher's floor: a head in it cannot be told from it.
 */
export const floorOverSeeds = (found: readonly Estimate[]): Estimate => around(found, Math.SQRT2);
