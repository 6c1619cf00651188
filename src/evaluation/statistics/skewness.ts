/**
 * Ends of an interval of a statistic whose units are skewed. A mean of values with a long upper tail that comes out low
 * comes with a small standard error, too, and Student's interval ends below the truth. Hall's cubic transformation
 * ("On the removal of skewness by transformation", 1992) takes the skewness out of Student's ratio to first order. Few
 * units often miss the tail, and their skewness is then too small: it only ever moves an end out, and the skewness of a
 * sum, which no N units show to be over 1 (one of them holds all the spread), is taken to be δ(1 + |δ|) where they show
 * δ. That is the beginning of δ/(1 − |δ|), which undoes the bound, and hardly matters where there are many units.
 */

/** How far an interval reaches below and above the value, in standard errors. */
export interface Reach {
  readonly below: number;
  readonly above: number;
}

/** The reach for a quantile of Student's ratio where the units show this skewness: `quantile` or more either way. */
export function skewedReach(quantile: number, skewness: number): Reach {
  if (Math.abs(skewness) < NONE) return { below: quantile, above: quantile };
  const likely = skewness * (1 + Math.abs(skewness));
  return {
    below: Math.max(quantile, inverse(quantile, likely)),
    above: Math.max(quantile, -inverse(-quantile, likely)),
  };
}

/** Rounding would rule the transformation below it. */
const NONE = 1e-6;

/** Of t + δt²/3 + δ²t³/27 + δ/6, which is nearly normal where t is Student's ratio of a mean of skewness δ. */
const inverse = (value: number, skewness: number): number =>
  (3 / skewness) * (Math.cbrt(1 + skewness * (value - skewness / 6)) - 1);

/**
 * The skewness of a sum over independent sets of independent units, from the influences of each. Of a mean of N values
 * it is the values' own (adjusted, G₁ of Joanes and Gill 1998) over √N.
 */
export function skewnessOf(influences: readonly Float64Array[]): number {
  const parts = influences.map(cumulants);
  const sumOf = (order: 0 | 1): number => parts.reduce((sum, part) => sum + part[order], 0);
  const variance = sumOf(0);
  return variance === 0 ? 0 : sumOf(1) / variance ** 1.5;
}

/** Unbiased second and third cumulants of the sum; none of the third with fewer than three units. */
function cumulants(values: Float64Array): readonly [number, number] {
  const n = values.length;
  const centre = values.reduce((sum, value) => sum + value, 0) / n;
  const power = (order: number): number => values.reduce((sum, value) => sum + (value - centre) ** order, 0);
  return [(n / (n - 1)) * power(2), n < 3 ? 0 : (n ** 2 / ((n - 1) * (n - 2))) * power(3)];
}
