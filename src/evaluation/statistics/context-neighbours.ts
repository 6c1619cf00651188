import { DataError } from '../../ground/errors.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { checkSameContexts, type Draws } from './draws.ts';
import { meanEstimate } from './interval.ts';

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
    const part = ({ data }: Draws, draws: number): Float32Array =>
      data.subarray(context * draws * a.size, (context + 1) * draws * a.size);
    const [x, y] = [part(samples, a.draws), part(reference, b.draws)];
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
  let inside = 0;
  for (let i = 0; i < points.length; i += size)
    if (radii.some((radius, ball) => square(points, i, others, ball * size, size) <= radius)) inside++;
  return inside / (points.length / size);
}

/** The squared distance of each point to its k-th nearest other one, not less than `least`. */
function radiiOf(points: Float32Array, size: number, least: number): Float64Array {
  const count = points.length / size;
  return Float64Array.from({ length: count }, (_, i) => {
    const squares = Float64Array.from({ length: count }, (_unused, j) =>
      square(points, i * size, points, j * size, size),
    );
    return Math.max(least, squares.sort()[NEIGHBOURS] as number); // the first is its own
  });
}

function square(a: Float32Array, i: number, b: Float32Array, j: number, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += ((a[i + k] as number) - (b[j + k] as number)) ** 2;
  return sum;
}

/** The squared distance of draws from their context's mean, averaged over all. */
function averageSquare(draws: Draws): number {
  const [{ contexts, draws: count, size }] = checkSameContexts(draws, draws);
  let sum = 0;
  for (let context = 0; context < contexts; context++)
    for (let k = 0; k < size; k++) {
      const at = (draw: number): number => draws.data[(context * count + draw) * size + k] as number;
      let mean = 0;
      for (let draw = 0; draw < count; draw++) mean += at(draw) / count;
      for (let draw = 0; draw < count; draw++) sum += (at(draw) - mean) ** 2;
    }
  return sum / (contexts * count);
}
