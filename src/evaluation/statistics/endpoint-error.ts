import { DataError } from '../../ground/errors.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { checkSameContexts, type Draws } from './draws.ts';
import { meanEstimate } from './interval.ts';

/**
 * The mean squared distance |a − b|² of paired end points (same context, same noise); a context is one unit
 * of the interval. Never a verdict alone: near the border of two modes a tiny change of the path swaps them. Between a jump
 * and the same jump in two parts it is the self-consistency error. Throws DataError where pairs are missing.
 */
export function endpointError(samples: Draws, reference: Draws): Estimate {
  const [{ contexts, draws, size }, other] = checkSameContexts(samples, reference);
  if (other.draws !== draws) throw new DataError(`draws: expected pairs, got ${draws} and ${other.draws} a context`);
  const length = draws * size;
  const errors = Float64Array.from({ length: contexts }, (_, context) => {
    let sum = 0;
    for (let i = context * length; i < (context + 1) * length; i++) {
      sum += ((samples.data[i] as number) - (reference.data[i] as number)) ** 2;
    }
    return sum / draws;
  });
  return meanEstimate(errors, 0);
}
