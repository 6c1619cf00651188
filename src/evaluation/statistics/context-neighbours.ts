import { DataError } from '../../ground/errors.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { covarianceTraces } from './dispersion.ts';
import { checkDraws, checkSameContexts, type Draws, drawsIn } from './draws.ts';
import { meanEstimate } from './interval.ts';
import { squaredDistance } from './squared-distance.ts';

/** Fidelity and diversity of draws, one context at a time. */
export interface ContextNeighbours {
  readonly precision: Estimate;
  readonly recall: Estimate;
}

/** Neighbours that a ball reaches to. */
const NEIGHBOURS = 5;

/** Balls are at least this part of the reference's average spread: contexts that hardly vary are not judged finer. */
const LEAST = 0.03;

/**
 * Precision and recall (Kynkäänniemi et al., arXiv 1904.06991) of the draws of each context among those of the same context,
 * averaged over contexts. A mode that a head leaves out costs recall, draws between modes cost precision, which a distance
 * over all contexts sees as one number. Below one also for equal distributions: read it beside its floor. Throws
 * DataError on fewer than six draws a context.
 */
export function contextNeighbours(samples: Draws, reference: Draws): ContextNeighbours {
  const [a, b] = checkSameContexts(samples, reference, 2);
  if (Math.min(a.draws, b.draws) <= NEIGHBOURS)
    throw new DataError(`draws: expected more than ${NEIGHBOURS} a context, got ${Math.min(a.draws, b.draws)}`);
  const least = LEAST ** 2 * averageSquare(reference);
  const shares = Array.from({ length: a.contexts }, (_, context) => {
    const [x, y] = [drawsIn(samples, context), drawsIn(reference, context)];
    return { precision: shareInside(x, y, a.size, least), recall: shareInside(y, x, a.size, least) };
  });
  const mean = (name: keyof ContextNeighbours): Estimate => {
    const { value, low, high } = meanEstimate(
      Float64Array.from(shares, (share) => share[name]),
      0,
    );
    return { value, low, high: Math.min(1, high) };
  };
  return { precision: mean('precision'), recall: mean('recall') };
}

/** The share of points that lie in a ball around any of the others, up to its k-th neighbour among them. */
function shareInside(points: Float32Array, others: Float32Array, size: number, least: number): number {
  const radii = radiiOf(others, size, least);
  const count = points.length / size;
  let inside = 0;
  for (let i = 0; i < count; i++)
    if (radii.some((radius, ball) => squaredDistance(points, i, others, ball, size) <= radius)) inside++;
  return inside / count;
}

/** The squared distance of each point to its k-th nearest other one, not less than `least`. */
function radiiOf(points: Float32Array, size: number, least: number): Float64Array {
  const count = points.length / size;
  return Float64Array.from({ length: count }, (_, i) => {
    const squares = Float64Array.from({ length: count }, (_unused, j) => squaredDistance(points, i, points, j, size));
    return Math.max(least, squares.sort()[NEIGHBOURS] as number); // the first is its own
  });
}

/** The squared distance of draws from their context's mean, averaged over all. */
function averageSquare(draws: Draws): number {
  const sizes = checkDraws(draws, 'draws', 2);
  const traces = covarianceTraces(draws, sizes);
  return (traces.reduce((sum, trace) => sum + trace, 0) / traces.length) * ((sizes.draws - 1) / sizes.draws);
}
