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
    const [mine, other] = [0, 1].map((set) => (omitted?.set === set ? omitted.group : NONE));
    const squares = a.sorted.map((left, index) => squaredDistance(left, b.sorted[index] ?? left, mine, other));
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  };
  return replicate([a.groups, b.groups], distance, 0);
}

/** No group. */
const NONE = -1;

type Sorted = Projections['sorted'][number];

/** ∫ (F⁻¹ − G⁻¹)² of the empirical distributions, each without a group; exact for unequal numbers of values. */
function squaredDistance(a: Sorted, b: Sorted, omittedA = NONE, omittedB = NONE): number {
  const [stepA, stepB] = [1 / countWithout(a, omittedA), 1 / countWithout(b, omittedB)];
  let [i, j] = [nextOf(a, omittedA, -1), nextOf(b, omittedB, -1)];
  let [leftA, leftB] = [stepA, stepB]; // mass of the present values that is not matched yet
  let sum = 0;
  while (i < a.values.length && j < b.values.length) {
    const mass = Math.min(leftA, leftB);
    const gap = (a.values[i] as number) - (b.values[j] as number);
    sum += mass * gap * gap;
    leftA -= mass;
    leftB -= mass;
    if (leftA < stepA * ROUNDING) {
      i = nextOf(a, omittedA, i);
      leftA += stepA;
    }
    if (leftB < stepB * ROUNDING) {
      j = nextOf(b, omittedB, j);
      leftB += stepB;
    }
  }
  return sum;
}

/** Share of a value's mass that counts as none. */
const ROUNDING = 1e-9;

function nextOf({ groups }: Sorted, omitted: number, place: number): number {
  let next = place + 1;
  while (groups[next] === omitted) next++;
  return next;
}

function countWithout({ groups }: Sorted, omitted: number): number {
  let count = 0;
  for (let i = 0; i < groups.length; i++) if (groups[i] !== omitted) count++;
  return count;
}
