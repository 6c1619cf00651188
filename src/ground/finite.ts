import { DataError } from './errors.ts';

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The place of the first NaN or infinity; −1 where all numbers are finite. */
export const oddPlace = (data: Numbers): number => data.findIndex((value) => !Number.isFinite(value));

/** Throws DataError where a number is NaN or infinite: `place: expected finite numbers, got … at element …`. */
export function checkFinite(data: Numbers, place: string): void {
  const odd = oddPlace(data);
  if (odd >= 0) throw new DataError(`${place}: expected finite numbers, got ${data[odd]} at element ${odd}`);
}
