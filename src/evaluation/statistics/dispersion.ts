import type { Blank } from '../../teachers/teacher.ts';
import { checkDraws, checkSameContexts, type Draws, type DrawsSize } from './draws.ts';
import type { Expansion } from './interval.ts';
import { ratioOfSums } from './ratio-of-sums.ts';

/** Options of `dispersionRatio`. */
export interface DispersionOptions {
  /** True for contexts that are left out of both sums. */
  readonly leaveOut?: readonly boolean[];
}

/**
 * Σ tr Cov(samples) / Σ tr Cov(reference), sums over contexts: a ratio of sums, because single contexts (blank
 * patches) may have no spread at all. Under 1 is lost diversity. Undefined where fewer than two contexts remain or the
 * reference has no spread. Throws DataError.
 */
export function dispersionRatio(
  samples: Draws,
  reference: Draws,
  options: DispersionOptions = {},
): Expansion | undefined {
  const [sizes, otherSizes] = checkSameContexts(samples, reference, 2);
  const kept = (_: number, context: number): boolean => options.leaveOut?.[context] !== true;
  const mine = covarianceTraces(samples, sizes).filter(kept);
  const other = covarianceTraces(reference, otherSizes).filter(kept);
  return ratioOfSums(mine, other);
}

/** The trace of the covariance of the draws in each context [E], over S − 1. */
export function covarianceTraces({ data }: Draws, { contexts, draws: count, size }: DrawsSize): Float64Array {
  return Float64Array.from({ length: contexts }, (_, context) => {
    let trace = 0;
    for (let k = 0; k < size; k++) {
      let sum = 0;
      let squares = 0;
      const first = data[context * count * size + k] as number;
      for (let s = 0; s < count; s++) {
        const value = (data[(context * count + s) * size + k] as number) - first;
        sum += value;
        squares += value * value;
      }
      trace += Math.max(0, squares - (sum * sum) / count) / (count - 1);
    }
    return trace;
  });
}

/** The contexts all of whose draws are blank. Throws DataError. */
export function blankContexts(draws: Draws, blank: Blank): readonly boolean[] {
  const { contexts, draws: count, size } = checkDraws(draws, 'draws');
  return Array.from({ length: contexts }, (_, context) =>
    draws.data.subarray(context * count * size, (context + 1) * count * size).every((value, index) => {
      const k = index % size;
      return Math.abs(value - (blank.value[k] ?? Number.NaN)) <= (blank.tolerance[k] ?? Number.NaN);
    }),
  );
}
