import { DataError } from '../../ground/errors.ts';
import { symmetricRoot } from './eigen.ts';
import type { Grouping } from './grouping.ts';
import { checkRows, type Rows } from './rows.ts';

/** Mean [d] and covariance [d, d], in float64. */
export interface MeanAndCovariance {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/** Those of rows, the covariance over count − 1. */
export interface Moments extends MeanAndCovariance {
  readonly count: number;
}

/** Moments that are known without their rows. */
export interface FixedMoments {
  readonly moments: MeanAndCovariance;
  /** The root of the covariance; computed once. */
  root(): Float64Array;
}

/** Moments of rows in groups, with what their expansion needs. */
export interface GroupedMoments extends FixedMoments {
  readonly rows: Rows;
  readonly grouping: Grouping;
  readonly moments: Moments;
  /** By how much a group's rows move mean [d] and covariance [d, d]; over all groups the sum is 0 (up to 1/N). */
  deviation(group: number): { readonly first: Float64Array; readonly second: Float64Array };
}

/** Sums over rows, about a common centre. */
interface Sums {
  readonly count: number;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** The moments of rows [N, d]. Throws DataError where N ≤ d: such a covariance has no full rank. */
export function momentsOf(rows: Rows, name = 'rows'): Moments {
  const { count } = checkRows(rows, name);
  return groupedMoments(rows, { groups: 1, cluster: 1, of: new Int32Array(count) }, name).moments;
}

/** Moments by group. Throws DataError where the rows do not outnumber the columns. */
export function groupedMoments(rows: Rows, grouping: Grouping, name = 'rows'): GroupedMoments {
  const { count, size } = checkRows(rows, name);
  if (count <= size) {
    throw new DataError(`${name}: expected more than ${size} rows for ${size} columns, got ${count}`);
  }
  const centre = columnMeans(rows.data, count, size);
  const parts = Array.from({ length: grouping.groups }, (_, group) =>
    sumsOf(rows.data, size, centre, grouping.of, group),
  );
  const moments = finish(parts.reduce(addSums), centre);
  return {
    ...{ rows, grouping },
    ...withRoot(moments),
    deviation: (group) => deviationOf(parts[group] as Sums, moments),
  };
}

/** Moments with the root of their covariance, which is computed when it is first asked for. */
export function withRoot<Of extends MeanAndCovariance>(moments: Of): FixedMoments & { readonly moments: Of } {
  let root: Float64Array | undefined;
  return { moments, root: () => (root ??= symmetricRoot(moments.covariance, moments.mean.length)) };
}

/** Sums over a group are about a centre that is the mean up to rounding. */
function deviationOf({ count, first, second }: Sums, moments: Moments) {
  const d = first.length;
  const at = (i: number, j: number): number => second[Math.max(i, j) * d + Math.min(i, j)] as number;
  return {
    first: first.map((value) => value / moments.count),
    second: second.map((_, cell) => {
      const own = at(Math.floor(cell / d), cell % d);
      return (own - count * (moments.covariance[cell] as number)) / moments.count;
    }),
  };
}

function columnMeans(data: Float32Array, count: number, size: number): Float64Array {
  const mean = new Float64Array(size);
  for (let i = 0; i < data.length; i++) mean[i % size] = (mean[i % size] as number) + (data[i] as number) / count;
  return mean;
}

function sumsOf(data: Float32Array, d: number, centre: Float64Array, groupOf: Int32Array, group: number): Sums {
  const first = new Float64Array(d);
  const second = new Float64Array(d * d);
  const row = new Float64Array(d);
  let count = 0;
  groupOf.forEach((of, index) => {
    if (of !== group) return;
    count++;
    for (let i = 0; i < d; i++) row[i] = (data[index * d + i] as number) - (centre[i] as number);
    for (let i = 0; i < d; i++) {
      const value = row[i] as number;
      first[i] = (first[i] as number) + value;
      for (let j = 0; j <= i; j++) second[i * d + j] = (second[i * d + j] as number) + value * (row[j] as number);
    }
  });
  return { count, first, second };
}

const addSums = (a: Sums, b: Sums): Sums => ({
  count: a.count + b.count,
  first: a.first.map((value, i) => value + (b.first[i] ?? 0)),
  second: a.second.map((value, i) => value + (b.second[i] ?? 0)),
});

function finish({ count, first, second }: Sums, centre: Float64Array): Moments {
  const d = centre.length;
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = ((second[i * d + j] ?? 0) - ((first[i] ?? 0) * (first[j] ?? 0)) / count) / (count - 1);
      covariance[i * d + j] = value;
      covariance[j * d + i] = value;
    }
  }
  return { count, mean: centre.map((value, i) => value + (first[i] ?? 0) / count), covariance };
}
