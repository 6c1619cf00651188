import type { Estimate } from '../../ground/estimate.ts';
import { checkSameContexts, type Draws } from './draws.ts';
import { meanEstimate, quantile } from './interval.ts';

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
    const x = samples.data.subarray(context * a.draws * a.size, (context + 1) * a.draws * a.size);
    const y = reference.data.subarray(context * b.draws * b.size, (context + 1) * b.draws * b.size);
    const median = medianDistance(y, a.size);
    if (median === 0) return [];
    const exponent = -1 / (2 * (WIDEST * median) ** 2);
    const within = (points: Float32Array, draws: number): number =>
      (meanKernel(points, points, a.size, exponent) * draws - 1) / (draws - 1); // without each with itself
    return [within(x, a.draws) + within(y, b.draws) - 2 * meanKernel(x, y, a.size, exponent)];
  }).flat();
  return values.length === 0 ? undefined : meanEstimate(Float64Array.from(values));
}

function meanKernel(x: Float32Array, y: Float32Array, size: number, exponent: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += size)
    for (let j = 0; j < y.length; j += size) sum += kernelOf(exponent * squareBetween(x, i, y, j, size));
  return sum / ((x.length / size) * (y.length / size));
}

/** The mean kernel from the logarithm of the widest: half the bandwidth is the fourth power. */
function kernelOf(logarithm: number): number {
  let [power, sum] = [Math.exp(logarithm), 0];
  for (let index = 0; index < BANDWIDTHS; index++) {
    sum += power;
    const square = power * power;
    power = square * square;
  }
  return sum / BANDWIDTHS;
}

function medianDistance(points: Float32Array, size: number): number {
  const squares: number[] = [];
  for (let i = 0; i < points.length; i += size)
    for (let j = 0; j < i; j += size) squares.push(squareBetween(points, i, points, j, size));
  return Math.sqrt(quantile(Float64Array.from(squares).sort(), 0.5));
}

function squareBetween(a: Float32Array, i: number, b: Float32Array, j: number, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += ((a[i + k] as number) - (b[j + k] as number)) ** 2;
  return sum;
}
