/**
 * Squared maximum mean discrepancy, unbiased, as a mean over disjoint subsets; with the cubic kernel it is the kernel
 * distance KID (Bińkowski et al., arXiv 1801.01401). It is 0 in expectation for equal distributions and can be
 * negative. Its variance is that of a U-statistic, both parts in closed form (Hoeffding 1948; Sutherland et al., arXiv
 * 1611.04488).
 */
import { DataError } from '../../ground/errors.ts';
import { stream } from '../../ground/random/philox.ts';
import { dot } from './dot.ts';
import { acrossInteractions, withinInteractions } from './interaction.ts';
import type { Expansion } from './interval.ts';
import { cubicKernel, type Kernel } from './kernel.ts';
import { checkSameColumns, type Rows } from './rows.ts';

/** How rows are drawn. */
export interface KernelDistanceOptions {
  readonly seed: number;
  /** KID's cubic kernel unless given. */
  readonly kernel?: Kernel;
  /** Rows of either set in a subset at most; 1000 unless given. The cost grows with its square. */
  readonly subset?: number;
  /** Consecutive rows that belong together (draws of one context): pairs inside do not count. 1 unless given. */
  readonly cluster?: number;
}

/** The distance of samples [N, d] from a reference [M, d], with its expansion in their clusters. Throws DataError. */
export function kernelDistance(
  samples: Rows,
  reference: Rows,
  { seed, kernel, subset = 1000, cluster = 1 }: KernelDistanceOptions,
): Expansion {
  checkSameColumns(samples, reference);
  const d = samples.shape[1] ?? 0;
  const size = Math.floor(Math.min(subset, samples.shape[0] ?? 0, reference.shape[0] ?? 0) / cluster) * cluster;
  if (size < 2 * cluster) throw new DataError(`rows: expected at least two clusters of ${cluster}, got ${size} rows`);
  const subsets = Math.floor(Math.min(samples.shape[0] ?? 0, reference.shape[0] ?? 0) / size);
  const shape = { size, cluster };
  const mine = subsetsOf(samples, subsets, shape, stream('kernel', seed, 'samples').permutation);
  const other = subsetsOf(reference, subsets, shape, stream('kernel', seed, 'reference').permutation);
  const parts = mine.map((x, index) => discrepancy(x, other[index] ?? x, kernel ?? cubicKernel(d)));
  const influences = [0, 1].map((set) =>
    Float64Array.from(parts.flatMap((part) => Array.from(part.influences[set] ?? [], (value) => value / subsets))),
  );
  return {
    value: parts.reduce((sum, { value }) => sum + value, 0) / subsets,
    influences,
    interactions: Float64Array.from(parts, ({ interaction }) => interaction / subsets),
    bias: 0,
    least: Number.NEGATIVE_INFINITY,
    squaredDistance: true,
  };
}

/** A subset in float64 with the squared length of each row; `cluster` rows at a time belong together. */
interface Subset {
  readonly count: number;
  readonly cluster: number;
  readonly d: number;
  readonly rows: Float64Array;
  readonly squares: Float64Array;
}

function subsetsOf(
  { shape, data }: Rows,
  count: number,
  { size, cluster }: Pick<Subset, 'cluster'> & { readonly size: number },
  permutation: (length: number) => Int32Array,
): Subset[] {
  const [total = 0, d = 0] = shape;
  const order = permutation(Math.floor(total / cluster));
  return Array.from({ length: count }, (_, subset) => {
    const rows = new Float64Array(size * d);
    const squares = new Float64Array(size);
    for (let row = 0; row < size; row++) {
      const place = order[Math.floor((subset * size + row) / cluster)] ?? 0;
      const from = (place * cluster + (row % cluster)) * d;
      rows.set(data.subarray(from, from + d), row * d);
      squares[row] = dot(rows, row * d, rows, row * d, d);
    }
    return { count: size, cluster, d, rows, squares };
  });
}

/** One subset's value, the influences of its clusters, and the deviation of its quadratic part. */
interface Part {
  readonly value: number;
  readonly influences: readonly [Float64Array, Float64Array];
  readonly interaction: number;
}

/** Mean of the kernel within x, plus within y, less twice across. */
function discrepancy(x: Subset, y: Subset, kernel: Kernel): Part {
  const n = x.count / x.cluster;
  const within = [kernelTable(x, x, kernel), kernelTable(y, y, kernel)].map((table) => ({
    rows: rowMeans(table, n, 1),
    spread: sumOfSquares(withinInteractions(table, n)) / (n * (n - 1)) ** 2,
  }));
  const table = kernelTable(x, y, kernel);
  const across = [rowMeans(table, n, 0), columnMeans(table, n)];
  const [mine, other] = [0, 1].map((set) =>
    Float64Array.from(across[set] ?? [], (mean, i) => (2 * ((within[set]?.rows[i] as number) - mean)) / n),
  ) as [Float64Array, Float64Array];
  const spread = sumOfSquares(acrossInteractions(table, n, n)) / n ** 4;
  const quadratic = within.reduce((sum, part) => sum + 4 * part.spread, 4 * spread);
  const value = within.reduce((sum, part) => sum + meanOf(part.rows), 0) - 2 * meanOf(across[0] ?? mine);
  return { value, influences: [mine, other], interaction: Math.sqrt(quadratic) };
}

/** The kernel's mean over each pair of clusters of two subsets; of one with itself, the diagonal is 0. */
function kernelTable(x: Subset, y: Subset, kernel: Kernel): Float64Array {
  const { cluster, d } = x;
  const n = x.count / cluster;
  const table = new Float64Array(n * n);
  for (let i = 0; i < x.count; i++) {
    const row = Math.floor(i / cluster);
    for (let j = 0; j < (x === y ? row * cluster : y.count); j++) {
      const column = Math.floor(j / cluster);
      const product = dot(x.rows, i * d, y.rows, j * d, d);
      const value = kernel(product, x.squares[i] as number, y.squares[j] as number) / (cluster * cluster);
      table[row * n + column] = (table[row * n + column] as number) + value;
      if (x === y) table[column * n + row] = table[row * n + column] as number;
    }
  }
  return table;
}

/** Means over each row of a table [n, n], `without` so many of its cells that are 0 because they do not count. */
function rowMeans(table: Float64Array, n: number, without: 0 | 1): Float64Array {
  return Float64Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < n; column++) sum += table[row * n + column] as number;
    return sum / (n - without);
  });
}

function columnMeans(table: Float64Array, n: number): Float64Array {
  const means = new Float64Array(n);
  for (let cell = 0; cell < table.length; cell++) {
    means[cell % n] = (means[cell % n] as number) + (table[cell] as number) / n;
  }
  return means;
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const sumOfSquares = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);
