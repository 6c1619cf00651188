import { DataError } from '../../ground/errors.ts';
import { dot } from './dot.ts';
import { type Eigen, inverseRootOf, rootOf, symmetricEigen } from './eigen.ts';
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
  /** The root of the covariance and its inverse; computed once. */
  root(): Float64Array;
  inverseRoot(): Float64Array;
}

/** Moments of rows in groups, with what their expansion needs. */
export interface GroupedMoments extends FixedMoments {
  readonly rows: Rows;
  readonly grouping: Grouping;
  readonly moments: Moments;
  /**
   * By how much each group's rows move the moments; over all groups the sum is 0 (up to 1/N). The covariance in axes [d, d],
   * one a row: those of the columns unless given.
   */
  deviations(axes?: Float64Array): readonly Deviation[];
}

/** A change of a mean [d] and of a covariance, its lower triangle row by row [d·(d + 1)/2]. */
export interface Deviation {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** The cells of a lower triangle. */
export const triangle = (d: number): number => (d * (d + 1)) / 2;

/** Sums over rows, about a common centre; the second ones as a lower triangle. */
interface Sums extends Deviation {
  readonly count: number;
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
  const [all] = sumsOf(rows.data, centre, { groups: 1, of: new Int32Array(count) });
  return {
    ...{ rows, grouping },
    ...withRoot(finish(all as Sums, centre)),
    deviations: (axes) => deviationsOf(sumsOf(rows.data, centre, grouping, axes)),
  };
}

/** Moments with the root of their covariance, which is computed when it is first asked for. */
export function withRoot<Of extends MeanAndCovariance>(moments: Of): FixedMoments & { readonly moments: Of } {
  let eigen: Eigen | undefined;
  let [root, inverse]: (Float64Array | undefined)[] = [];
  const decomposed = (): Eigen => (eigen ??= symmetricEigen(moments.covariance, moments.mean.length));
  return {
    moments,
    root: () => (root ??= rootOf(decomposed())),
    inverseRoot: () => (inverse ??= inverseRootOf(decomposed())),
  };
}

/** Sums over groups are about a centre that is the mean up to rounding; of all together they are the covariance. */
function deviationsOf(parts: readonly Sums[]): readonly Deviation[] {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const covariance = new Float64Array(parts[0]?.second.length ?? 0);
  for (const { second } of parts)
    for (let cell = 0; cell < covariance.length; cell++)
      covariance[cell] = (covariance[cell] as number) + (second[cell] as number) / (total - 1);
  return parts.map(({ count, first, second }) => ({
    first: first.map((value) => value / total),
    second: second.map((value, cell) => (value - count * (covariance[cell] as number)) / total),
  }));
}

function columnMeans(data: Float32Array, count: number, size: number): Float64Array {
  const mean = new Float64Array(size);
  for (let i = 0; i < data.length; i++) mean[i % size] = (mean[i % size] as number) + (data[i] as number) / count;
  return mean;
}

/** Sums of each group, the second ones of rows that are projected on axes [d, d] where these are given. */
function sumsOf(
  data: Float32Array,
  centre: Float64Array,
  { groups, of }: Pick<Grouping, 'groups' | 'of'>,
  axes?: Float64Array,
): readonly Sums[] {
  const d = centre.length;
  const counts = new Int32Array(groups);
  const sums = Array.from({ length: groups }, () => ({
    first: new Float64Array(d),
    second: new Float64Array(triangle(d)),
  }));
  const row = new Float64Array(d);
  const projected = axes === undefined ? row : new Float64Array(d);
  of.forEach((group, index) => {
    const { first, second } = sums[group] as Deviation;
    counts[group] = (counts[group] as number) + 1;
    for (let i = 0; i < d; i++) {
      row[i] = (data[index * d + i] as number) - (centre[i] as number);
      first[i] = (first[i] as number) + (row[i] as number);
    }
    if (axes !== undefined) for (let i = 0; i < d; i++) projected[i] = dot(axes, i * d, row, 0, d);
    for (let i = 0, place = 0; i < d; i++) {
      const value = projected[i] as number;
      for (let j = 0; j <= i; j++, place++)
        second[place] = (second[place] as number) + value * (projected[j] as number);
    }
  });
  return sums.map((sum, group) => ({ ...sum, count: counts[group] as number }));
}

function finish({ count, first, second }: Sums, centre: Float64Array): Moments {
  const d = centre.length;
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = ((second[triangle(i) + j] ?? 0) - ((first[i] ?? 0) * (first[j] ?? 0)) / count) / (count - 1);
      covariance[i * d + j] = value;
      covariance[j * d + i] = value;
    }
  }
  return { count, mean: centre.map((value, i) => value + (first[i] ?? 0) / count), covariance };
}
