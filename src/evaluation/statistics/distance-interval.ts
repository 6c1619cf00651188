/**
 * Ends of an interval of a squared distance. Its linear part vanishes at equality, so that the width hangs on the distance
 * itself: its variance is q + κ(θ − b), q of the quadratic part, θ the expectation, b its bias at equality. Taking the
 * observed distance for θ gives wide intervals where it came out high and narrow ones where it came out low, and near
 * equality, where no distance is much below its expectation, they hold too often. The ends are therefore those θ that are
 * as far from the observed distance as *their own* variance allows, as in the score interval of a share (Wilson,
 * "Probable inference, the law of succession, and statistical inference", 1927).
 */

/** What is known of a squared distance. */
export interface ObservedDistance {
  /** The distance less what it is at equality; can be negative. */
  readonly excess: number;
  /** Variance of its linear part, as it is estimated; can be negative near equality. */
  readonly linear: number;
  /** Variance of its quadratic part. */
  readonly quadratic: number;
}

/** The ends of the interval of the excess, `reach` of their standard errors away. */
export function distanceEnds(
  { excess, linear, quadratic }: ObservedDistance,
  reach: number,
): { readonly low: number; readonly high: number } {
  const growth = growthOf({ excess, linear, quadratic });
  return { low: endAt(-reach), high: endAt(reach) };

  /** u with (u − e)² = z²(q + κu) where that is not negative, and with (u − e)² = z²q where it is. */
  function endAt(z: number): number {
    const [middle, squared] = [excess + (z * z * growth) / 2, excess ** 2 - z * z * quadratic];
    const end = middle + Math.sign(z) * Math.sqrt(Math.max(0, middle ** 2 - squared));
    return end >= 0 ? end : excess + z * Math.sqrt(quadratic);
  }
}

/**
 * κ, by how much the variance grows with the distance: the linear part of |δ + ε|² varies by 4δᵀCδ, C the covariance of the
 * error ε, in proportion to |δ|² in a given direction. An excess within half the deviation of the quadratic part, which equal
 * sets have too, tells no ratio.
 */
const growthOf = ({ excess, linear, quadratic }: ObservedDistance): number =>
  excess <= 0 ? 0 : Math.max(0, linear) / Math.max(excess, Math.sqrt(quadratic) / 2);
