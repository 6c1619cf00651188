import { DataError } from '../../ground/errors.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { checkDraws, checkSameContexts, type Draws, drawsIn } from './draws.ts';
import { meanEstimate } from './interval.ts';

/**
 * Conditional energy distance (Székely and Rizzo 2013): the mean over contexts of 2·E|a − b| − E|a − a'| − E|b − b'|,
 * Euclidean norm, not rooted, unbiased (a draw is not paired with itself), so that 0 is equality and small negative
 * values are noise. The draws of the two sets must not share noise, unless the options say so. Throws DataError on fewer than two draws.
 */
export const energyDistance = (samples: Draws, reference: Draws, options?: EnergyOptions): Estimate =>
  meanEstimate(energyDistances(samples, reference, options));

/** How two sets belong together. */
export interface EnergyOptions {
  /** Whether equal draws of the two sets come from the same noise: such pairs are then left out, as a draw with itself is. */
  readonly sharedNoise?: boolean;
}

/** The energy distance in each context [E]. Throws DataError, also where sets of shared noise have other numbers of draws. */
export function energyDistances(
  samples: Draws,
  reference: Draws,
  { sharedNoise = false }: EnergyOptions = {},
): Float64Array {
  const [a, b] = checkSameContexts(samples, reference, 2);
  if (sharedNoise && a.draws !== b.draws)
    throw new DataError(`draws of shared noise: expected as many of both, got ${a.draws} and ${b.draws}`);
  const [own, theirs] = [withinContexts(samples), withinContexts(reference)];
  return Float64Array.from({ length: a.contexts }, (_, context) => {
    const [x, y] = [drawsIn(samples, context), drawsIn(reference, context)];
    const across = sharedNoise
      ? (sumOfDistances(x, y, a.size) - pairedDistances(x, y, a.size)) / (a.draws * (a.draws - 1))
      : sumOfDistances(x, y, a.size) / (a.draws * b.draws);
    return 2 * across - (own[context] as number) - (theirs[context] as number);
  });
}

const known = new WeakMap<Draws, Float64Array>();

/** The mean distance of different draws of each context [E]; remembered, as a set is compared with several. */
function withinContexts(draws: Draws): Float64Array {
  const found = known.get(draws);
  if (found !== undefined) return found;
  const { contexts, draws: count, size } = checkDraws(draws, 'draws', 2);
  const means = Float64Array.from({ length: contexts }, (_, context) => {
    const x = drawsIn(draws, context);
    let sum = 0;
    for (let i = size; i < x.length; i += size) sum += sumOfDistances(x.subarray(0, i), x.subarray(i, i + size), size);
    return (2 * sum) / (count * (count - 1));
  });
  known.set(draws, means);
  return means;
}

/** The sum of the distances of draws to those at their own places. */
function pairedDistances(x: Float32Array, y: Float32Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += size)
    sum += sumOfDistances(x.subarray(i, i + size), y.subarray(i, i + size), size);
  return sum;
}

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
