import { DataError } from '../../ground/errors.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';

/** Samples or features, a row each: [N, D]. */
export type Rows = HostTensor<Float32Array>;

/** The number of rows N and of columns D. Throws DataError on another rank, no rows, NaN or infinity. */
export function checkRows({ shape, data }: Rows, name: string): { readonly count: number; readonly size: number } {
  const [count = 0, size = 0, ...rest] = shape;
  if (rest.length > 0 || count < 1 || size < 1 || data.length !== count * size) {
    throw new DataError(`${name}: expected rows [N, D], got [${shape.join(', ')}] with ${data.length} values`);
  }
  checkFinite(data, name);
  return { count, size };
}

/** Checks both and that they have equally many columns. Throws DataError. */
export function checkSameColumns(a: Rows, b: Rows): void {
  const [left, right] = [checkRows(a, 'samples'), checkRows(b, 'reference')];
  if (left.size !== right.size) {
    throw new DataError(`samples and reference: expected the same columns, got ${left.size} and ${right.size}`);
  }
}

/** Draws of contexts: [E, S, D] as rows [E·S, D], context by context. */
export function rowsOfDraws({ shape, data }: HostTensor<Float32Array>): Rows {
  const [contexts = 0, draws = 0, size = 0] = shape;
  return { shape: [contexts * draws, size], data };
}

/** The rows at some places, in that order. */
export function pickRows({ shape, data }: Rows, places: Int32Array): Rows {
  const [, size = 0] = shape;
  const out = new Float32Array(places.length * size);
  places.forEach((place, row) => {
    out.set(data.subarray(place * size, (place + 1) * size), row * size);
  });
  return { shape: [places.length, size], data: out };
}
