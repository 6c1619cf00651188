import type { Estimate } from '../../ground/estimate.ts';
import { checkSameContexts, type Draws, drawsIn } from './draws.ts';
import { meanEstimate, quantile } from './interval.ts';
import { halvingKernel, type Kernel } from './kernel.ts';
import { squaredDistance } from './squared-distance.ts';

/** The widest of the bandwidths, as a multiple of the median distance of two draws of the reference in a context. */
const WIDEST = 4;
/** Each of the others is half of the next: ¼, ½, 1, 2, 4. */
const BANDWIDTHS = 5;

/**
 * Squared maximum mean discrepancy of the draws of each context, averaged over contexts; the mean of Gaussian kernels of five
 * bandwidths (Gretton et al. 2012), unbiased, so that 0 is equality and small negative values are noise. The draws of the
 * two sets must not share noise. Contexts whose reference does not vary are left out; undefined where all are. Throws
 * DataError on fewer than two draws.
 */
export function contextDiscrepancy(samples: Draws, reference: Draws): Estimate | undefined {
  const [a, b] = checkSameContexts(samples, reference, 2);
  const values = Array.from({ length: a.contexts }, (_, context) => {
    const [x, y] = [drawsIn(samples, context), drawsIn(reference, context)];
    const median = medianDistance(y, a.size);
    if (median === 0) return [];
    const kernel = halvingKernel(WIDEST * median, BANDWIDTHS);
    const within = (points: Float32Array, draws: number): number =>
      (meanKernel(points, points, a.size, kernel) * draws - 1) / (draws - 1); // without each with itself
    return [within(x, a.draws) + within(y, b.draws) - 2 * meanKernel(x, y, a.size, kernel)];
  }).flat();
  return values.length === 0 ? undefined : meanEstimate(Float64Array.from(values));
}

function meanKernel(x: Float32Array, y: Float32Array, size: number, kernel: Kernel): number {
  const [rows, columns] = [x.length / size, y.length / size];
  let sum = 0;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) sum += kernel(0, squaredDistance(x, i, y, j, size), 0);
  return sum / (rows * columns);
}

function medianDistance(points: Float32Array, size: number): number {
  const squares: number[] = [];
  for (let i = 0; i < points.length / size; i++)
    for (let j = 0; j < i; j++) squares.push(squaredDistance(points, i, points, j, size));
  return Math.sqrt(quantile(Float64Array.from(squares).sort(), 0.5));
}
