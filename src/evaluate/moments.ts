import { DataError } from '../errors.ts';
import { symmetricRoot } from './eigen.ts';
import type { Grouping } from './grouping.ts';
import { checkRows, type Rows } from './rows.ts';

/** Mean [d] and covariance [d, d] (over count − 1) of rows, in float64. */
export interface Moments {
  readonly count: number;
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/** Moments of all rows or without one group, with the root of the covariance; each is computed once. */
export interface GroupedMoments {
  readonly groups: number;
  of(omitted?: number): Moments;
  root(omitted?: number): Float64Array;
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
  return groupedMoments(rows, { groups: 1, of: new Int32Array(count) }, name).of();
}

/** Moments by group. Throws DataError where the rows that are left do not outnumber the columns. */
export function groupedMoments(rows: Rows, { groups, of: groupOf }: Grouping, name = 'rows'): GroupedMoments {
  const { count, size } = checkRows(rows, name);
  const centre = columnMeans(rows.data, count, size);
  const parts = Array.from({ length: groups }, (_, group) => sumsOf(rows.data, size, centre, groupOf, group));
  const total = parts.reduce((a, b) => addSums(a, b, 1));
  const smallest = groups === 1 ? count : Math.min(...parts.map((part) => count - part.count));
  if (smallest <= size) {
    throw new DataError(`${name}: expected more than ${size} rows for ${size} columns, got ${smallest} of ${count}`);
  }
  const of = remembered((omitted) => {
    const part = omitted === undefined ? undefined : parts[omitted];
    return finish(part === undefined ? total : addSums(total, part, -1), centre);
  });
  return { groups, of, root: remembered((omitted) => symmetricRoot(of(omitted).covariance, size)) };
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

const addSums = (a: Sums, b: Sums, sign: 1 | -1): Sums => ({
  count: a.count + sign * b.count,
  first: a.first.map((value, i) => value + sign * (b.first[i] ?? 0)),
  second: a.second.map((value, i) => value + sign * (b.second[i] ?? 0)),
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

function remembered<Value>(compute: (omitted?: number) => Value): (omitted?: number) => Value {
  const known = new Map<number | undefined, Value>();
  return (omitted) => {
    const value = known.get(omitted) ?? compute(omitted);
    known.set(omitted, value);
    return value;
  };
}
