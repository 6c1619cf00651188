import type { Estimate } from '../../ground/estimate.ts';
import { checkSameContexts, type Draws } from './draws.ts';
import { meanEstimate } from './interval.ts';

/**
 * Conditional energy distance (Székely and Rizzo 2013): the mean over contexts of 2·E|a − b| − E|a − a'| − E|b − b'|,
 * Euclidean norm, not rooted, unbiased (a draw is not paired with itself), so that 0 is equality and small negative
 * values are noise. The draws of the two sets must not share noise. Throws DataError on fewer than two draws.
 */
export const energyDistance = (samples: Draws, reference: Draws): Estimate =>
  meanEstimate(energyDistances(samples, reference));

/** The energy distance in each context [E]. */
export function energyDistances(samples: Draws, reference: Draws): Float64Array {
  const [a, b] = checkSameContexts(samples, reference, 2);
  return Float64Array.from({ length: a.contexts }, (_, context) => {
    const x = samples.data.subarray(context * a.draws * a.size, (context + 1) * a.draws * a.size);
    const y = reference.data.subarray(context * b.draws * b.size, (context + 1) * b.draws * b.size);
    const across = sumOfDistances(x, y, a.size) / (a.draws * b.draws);
    return 2 * across - within(x, a.draws, a.size) - within(y, b.draws, b.size);
  });
}

const within = (x: Float32Array, draws: number, size: number): number =>
  sumOfDistances(x, x, size) / (draws * (draws - 1));

function sumOfDistances(x: Float32Array, y: Float32Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += size) {
    for (let j = 0; j < y.length; j += size) {
      let square = 0;
      for (let k = 0; k < size; k++) square += ((x[i + k] as number) - (y[j + k] as number)) ** 2;
      sum += Math.sqrt(square);
    }
  }
  return sum;
}
