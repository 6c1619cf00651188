/**
 * Sliced 2-Wasserstein distance: √ of the mean over random directions of the squared W2 distance of the projections
 * (Bonneel et al. 2015). Exact in one dimension, by sorting. Positive even for equal distributions, so it is read
 * beside its floor at the same N. A row moves the squared distance of a direction by the dual potential at its place,
 * whose slope is twice the gap to what it is matched with (Villani 2003, ch. 2; del Barrio and Loubes 2019).
 */
import { stream } from '../../ground/random/philox.ts';
import type { Grouping } from './grouping.ts';
import { type HalfSampled, type Halves, halfSample } from './half-sampling.ts';
import type { Expansion } from './interval.ts';
import { checkRows, type Rows } from './rows.ts';

/** Projections of rows on directions, each sorted, with the row of every value. */
export interface Projections {
  readonly count: number;
  /** Consecutive rows of one independent unit. */
  readonly cluster: number;
  readonly sorted: readonly Sorted[];
}

interface Sorted {
  readonly values: Float64Array;
  readonly rows: Int32Array;
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
  { cluster }: Pick<Grouping, 'cluster'>,
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
    return { values: Float64Array.from(order, (row) => values[row] as number), rows: order };
  });
  return { count, cluster, sorted };
}

/** The squared distance of two independent sets that were projected on the same directions, with its expansion. */
export function squaredSlicedWasserstein(a: Projections, b: Projections): Expansion {
  const influences = [a, b].map(({ count, cluster }) => new Float64Array(count / cluster));
  const squares = a.sorted.map((left, index) => {
    const right = b.sorted[index] ?? left;
    const [mine, other] = [new Float64Array(a.count), new Float64Array(b.count)];
    const square = match(left.values, right.values, mine, other);
    addPotential(influences[0] ?? mine, left, mine, a);
    addPotential(influences[1] ?? other, right, other, b);
    return square;
  });
  const value = meanOf(squares);
  const { mean, quadratic } = halved(a, b);
  return {
    value,
    influences,
    interactions: Float64Array.of(Math.sqrt(quadratic)),
    bias: mean - value, // half the rows have twice the bias
    least: 0,
    squaredDistance: true,
  };
}

/** The distance alone, without an expansion. */
export const slicedDistance = (a: Projections, b: Projections): number =>
  Math.sqrt(meanOf(a.sorted.map((left, index) => match(left.values, (b.sorted[index] ?? left).values))));

const meanOf = (squares: readonly number[]): number =>
  squares.reduce((sum, square) => sum + square, 0) / squares.length;

const SEED = 1;

const none = new Uint8Array(0);

/** The mean squared distance of halves, and the variance of the quadratic part of that of all rows. */
function halved(a: Projections, b: Projections): Pick<HalfSampled, 'mean' | 'quadratic'> {
  const { cluster } = a;
  const square = ([mine = none, other = none]: Halves): readonly number[] => [
    meanOf(a.sorted.map((left, index) => match(kept(left, mine), kept(b.sorted[index] ?? left, other)))),
  ];
  const [halves] = halfSample([a.count, b.count], { seed: SEED, cluster }, square);
  return halves ?? { mean: 0, quadratic: 0 };
}

/** The values of the rows in the half, as sorted as they were. */
function kept({ values, rows }: Sorted, half: Uint8Array): Float64Array {
  const list = new Float64Array(values.length);
  let count = 0;
  for (let place = 0; place < values.length; place++) {
    if (half[rows[place] as number] === 1) list[count++] = values[place] as number;
  }
  return list.subarray(0, count);
}

/**
 * ∫ (F⁻¹ − G⁻¹)² of two empirical distributions, sorted; exact for unequal numbers of values. Writes how far each value
 * lies above the mean of those that it is matched with, where lists are given.
 */
function match(a: Float64Array, b: Float64Array, gapsA?: Float64Array, gapsB?: Float64Array): number {
  const [stepA, stepB] = [1 / a.length, 1 / b.length];
  let [i, j] = [0, 0];
  let [leftA, leftB] = [stepA, stepB]; // mass of the present values that is not matched yet
  let sum = 0;
  while (i < a.length && j < b.length) {
    const mass = Math.min(leftA, leftB);
    const gap = (a[i] as number) - (b[j] as number);
    sum += mass * gap * gap;
    if (gapsA !== undefined) gapsA[i] = (gapsA[i] as number) + (mass / stepA) * gap;
    if (gapsB !== undefined) gapsB[j] = (gapsB[j] as number) - (mass / stepB) * gap;
    leftA -= mass;
    leftB -= mass;
    if (leftA < stepA * ROUNDING) {
      i++;
      leftA += stepA;
    }
    if (leftB < stepB * ROUNDING) {
      j++;
      leftB += stepB;
    }
  }
  return sum;
}

/** Share of a value's mass that counts as none. */
const ROUNDING = 1e-9;

/** Adds a direction's potential at each row to its unit: from value to value the integral of twice the gap. */
function addPotential(
  influences: Float64Array,
  { values, rows }: Sorted,
  gaps: Float64Array,
  { count, cluster, sorted }: Projections,
): void {
  let potential = 0;
  rows.forEach((row, place) => {
    if (place > 0) {
      const slope = (gaps[place] as number) + (gaps[place - 1] as number);
      potential += slope * ((values[place] as number) - (values[place - 1] as number));
    }
    const unit = Math.floor(row / cluster);
    influences[unit] = (influences[unit] as number) + potential / (count * sorted.length);
  });
}
