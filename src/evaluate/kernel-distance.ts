/**
 * Squared maximum mean discrepancy, unbiased, as a mean over disjoint subsets; with the cubic kernel it is the kernel
 * distance KID (Bińkowski et al., arXiv 1801.01401). It is 0 in expectation for equal distributions and can be
 * negative. Intervals by the jackknife over groups inside the subsets.
 */
import { DataError } from '../errors.ts';
import { stream } from '../random/philox.ts';
import { dot } from './dot.ts';
import { type Replicates, replicate } from './interval.ts';
import { cubicKernel, type Kernel } from './kernel.ts';
import { checkSameColumns, type Rows } from './rows.ts';

/** How rows are drawn and grouped. */
export interface KernelDistanceOptions {
  readonly seed: number;
  /** KID's cubic kernel unless given. */
  readonly kernel?: Kernel;
  /** Rows of either set in a subset at most; 1000 unless given. The cost grows with its square. */
  readonly subset?: number;
  /** Consecutive rows that belong together (draws of one context): pairs inside do not count. 1 unless given. */
  readonly cluster?: number;
}

const GROUPS = 25;

/** The distance of samples [N, d] from a reference [M, d], with replicates for its interval. Throws DataError. */
export function kernelDistance(
  samples: Rows,
  reference: Rows,
  { seed, kernel, subset = 1000, cluster = 1 }: KernelDistanceOptions,
): Replicates {
  checkSameColumns(samples, reference);
  const d = samples.shape[1] ?? 0;
  const size = Math.floor(Math.min(subset, samples.shape[0] ?? 0, reference.shape[0] ?? 0) / cluster) * cluster;
  if (size < 2 * cluster) throw new DataError(`rows: expected at least two clusters of ${cluster}, got ${size} rows`);
  const subsets = Math.floor(Math.min(samples.shape[0] ?? 0, reference.shape[0] ?? 0) / size);
  const groups = Math.min(Math.max(2, Math.ceil(GROUPS / subsets)), size / cluster);
  const shape = { size, cluster, groups };
  const mine = subsetsOf(samples, subsets, shape, stream('kernel', seed, 'samples').permutation);
  const other = subsetsOf(reference, subsets, shape, stream('kernel', seed, 'reference').permutation);
  const parts = mine.map((x, index) => partOf(x, other[index] ?? x, kernel ?? cubicKernel(d)));
  const values = parts.map((part) => discrepancy(part, groups));
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  return replicate([subsets * groups, subsets * groups], (omitted) => {
    if (omitted === undefined) return mean(values);
    const place = Math.floor(omitted.group / groups);
    const changed = values.slice();
    const part = parts[place];
    if (part !== undefined) changed[place] = discrepancy(part, groups, { ...omitted, group: omitted.group % groups });
    return mean(changed);
  });
}

/** A subset in float64 with the squared length, cluster and group of each row. */
interface Subset {
  readonly count: number;
  readonly d: number;
  readonly rows: Float64Array;
  readonly squares: Float64Array;
  readonly clusters: Int32Array;
  readonly groups: Int32Array;
}

interface SubsetShape {
  readonly size: number;
  readonly cluster: number;
  readonly groups: number;
}

function subsetsOf(
  { shape, data }: Rows,
  count: number,
  { size, cluster, groups }: SubsetShape,
  permutation: (length: number) => Int32Array,
): Subset[] {
  const [total = 0, d = 0] = shape;
  const order = permutation(Math.floor(total / cluster));
  const clustersEach = size / cluster;
  return Array.from({ length: count }, (_, subset) => {
    const rows = new Float64Array(size * d);
    const squares = new Float64Array(size);
    const clusters = Int32Array.from({ length: size }, (_, row) => Math.floor(row / cluster));
    clusters.forEach((place, row) => {
      const from = ((order[subset * clustersEach + place] ?? 0) * cluster + (row % cluster)) * d;
      rows.set(data.subarray(from, from + d), row * d);
      squares[row] = dot(rows, row * d, rows, row * d, d);
    });
    return { count: size, d, rows, squares, clusters, groups: clusters.map((place) => place % groups) };
  });
}

/** Sums of the kernel over pairs of rows of two groups, and how many pairs. */
interface PairSums {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

interface Part {
  readonly within: readonly [PairSums, PairSums];
  readonly across: PairSums;
}

const partOf = (x: Subset, y: Subset, kernel: Kernel): Part => ({
  within: [pairSums(x, x, kernel, true), pairSums(y, y, kernel, true)],
  across: pairSums(x, y, kernel, false),
});

function pairSums(x: Subset, y: Subset, kernel: Kernel, within: boolean): PairSums {
  const groups = 1 + x.groups.reduce((most, group) => Math.max(most, group), 0);
  const sums = new Float64Array(groups * groups);
  const counts = new Float64Array(groups * groups);
  for (let i = 0; i < x.count; i++) {
    for (let j = 0; j < (within ? i : y.count); j++) {
      if (within && x.clusters[i] === y.clusters[j]) continue;
      const product = dot(x.rows, i * x.d, y.rows, j * x.d, x.d);
      const value = kernel(product, x.squares[i] as number, y.squares[j] as number);
      const cell = (x.groups[i] as number) * groups + (y.groups[j] as number);
      sums[cell] = (sums[cell] as number) + value;
      counts[cell] = (counts[cell] as number) + 1;
    }
  }
  return { sums, counts };
}

/** Mean of the kernel within x, plus within y, less twice across; without a group of x (set 0) or of y (set 1). */
function discrepancy(part: Part, groups: number, omitted?: { readonly set: number; readonly group: number }): number {
  const without = (set: number): number | undefined => (omitted?.set === set ? omitted.group : undefined);
  const [x, y] = [without(0), without(1)];
  return (
    meanOfPairs(part.within[0], groups, x, x) +
    meanOfPairs(part.within[1], groups, y, y) -
    2 * meanOfPairs(part.across, groups, x, y)
  );
}

function meanOfPairs({ sums, counts }: PairSums, groups: number, row?: number, column?: number): number {
  let sum = 0;
  let count = 0;
  sums.forEach((value, cell) => {
    if (Math.floor(cell / groups) === row || cell % groups === column) return;
    sum += value;
    count += counts[cell] ?? 0;
  });
  return sum / count;
}
