import { DataError } from '../../ground/errors.ts';
import type { Speed } from './result.ts';

/**
 * The head's share of the whole time and the limit that Amdahl's law (1967) sets: 1/(1 − share), how much faster the
 * whole becomes when the head costs nothing; absent where the head is all there is. Both times in the same unit.
 * Throws DataError on times that cannot be.
 */
export function amdahl(headTime: number, wholeTime: number): Pick<Speed, 'headShare' | 'amdahlLimit'> {
  if (!(headTime >= 0 && headTime <= wholeTime && wholeTime > 0 && Number.isFinite(wholeTime))) {
    throw new DataError(`head time: expected a part of the whole ${wholeTime}, got ${headTime}`);
  }
  const headShare = headTime / wholeTime;
  return headShare === 1 ? { headShare } : { headShare, amdahlLimit: 1 / (1 - headShare) };
}
