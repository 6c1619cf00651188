/**
 * Sliced 2-Wasserstein distance: √ of the mean over random directions of the squared W2 distance of the projections
 * (Bonneel et al. 2015). Exact in one dimension, by sorting. Positive even for equal distributions, so it is read
 * beside its floor at the same N.
 */
import { stream } from '../random/philox.ts';
import type { Grouping } from './grouping.ts';
import { type Omission, type Replicates, replicate } from './interval.ts';
import { checkRows, type Rows } from './rows.ts';

/** Projections of rows on directions, each sorted, with the group of every value. */
export interface Projections {
  readonly groups: number;
  readonly sorted: readonly { readonly values: Float64Array; readonly groups: Int32Array }[];
}

/** Random unit vectors [count, d] of a seed. */
export function directions(d: number, seed: number, count = 64): readonly Float64Array[] {
  const numbers = stream('directions', seed, d);
  return Array.from({ length: count }, () => {
    const vector = Float64Array.from(numbers.normal(d));
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

/** Projects rows [N, d] on each direction and sorts. Throws DataError. */
export function project(
  rows: Rows,
  { groups, of }: Grouping,
  along: readonly Float64Array[],
  name = 'rows',
): Projections {
  const { count, size } = checkRows(rows, name);
  const sorted = along.map((direction) => {
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (rows.data[row * size + k] as number) * (direction[k] as number);
      values[row] = sum;
    }
    const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
    return {
      values: Float64Array.from(order, (row) => values[row] as number),
      groups: Int32Array.from(order, (row) => of[row] as number),
    };
  });
  return { groups, sorted };
}

/** The distance of two independent sets that were projected on the same directions, with its replicates. */
export function slicedWasserstein(a: Projections, b: Projections): Replicates {
  const distance = (omitted?: Omission): number => {
    const squares = a.sorted.map((left, index) =>
      squaredDistance(
        omitted?.set === 0 ? leftOut(left, omitted.group) : left.values,
        omitted?.set === 1 ? leftOut(b.sorted[index] ?? left, omitted.group) : (b.sorted[index]?.values ?? left.values),
      ),
    );
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  };
  return replicate([a.groups, b.groups], distance, 0);
}

const leftOut = ({ values, groups }: Projections['sorted'][number], group: number): Float64Array =>
  values.filter((_, index) => groups[index] !== group);

/** ∫ (F⁻¹ − G⁻¹)² of the empirical distributions of sorted values; exact for unequal numbers of them. */
function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  let done = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const endA = (i + 1) / a.length;
    const endB = (j + 1) / b.length;
    const end = Math.min(endA, endB);
    sum += (end - done) * ((a[i] as number) - (b[j] as number)) ** 2;
    done = end;
    if (endA <= end) i++;
    if (endB <= end) j++;
  }
  return sum;
}
