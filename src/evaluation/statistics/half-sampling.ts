/**
 * The variance of a statistic that is not smooth in the rows, from random halves of its sets (half-sampling: McCarthy,
 * "Pseudo-replication: half samples", 1969). Half the difference between a half and the other one varies as the whole
 * does, except that what pairs of rows do together counts twice; the mean of both halves varies, from one split to the
 * next, by just that (Efron and Stein 1981), and it is taken off once.
 */
import { stream } from '../../ground/random/philox.ts';

/** What halves tell of a statistic. */
export interface HalfSampled {
  /** Its mean over halves: as of half the rows. */
  readonly mean: number;
  /** Variance of the linear and twice the quadratic part. */
  readonly difference: number;
  /** Variance of the quadratic part. */
  readonly quadratic: number;
}

/** A half of each set: 1 for the rows in it. */
export type Halves = readonly Uint8Array[];

/** Random splits. */
const SPLITS = 40;

/** Statistics of sets of so many rows, clusters of consecutive rows never split, from 40 splits. */
export function halfSample(
  counts: readonly number[],
  { seed, cluster = 1 }: { readonly seed: number; readonly cluster?: number },
  statistics: (halves: Halves) => readonly number[],
): readonly HalfSampled[] {
  const draws = stream('halves', seed);
  const splits = Array.from({ length: SPLITS }, () => {
    const halves = counts.map((count) => halfOf(count, cluster, draws.permutation(Math.floor(count / cluster))));
    const others = halves.map((half) => half.map((inside) => 1 - inside));
    return { one: statistics(halves), other: statistics(others) };
  });
  return (splits[0]?.one ?? []).map((_, index) =>
    summary(splits.map(({ one, other }) => [one[index] as number, other[index] as number])),
  );
}

/** Degrees of freedom of such a variance. */
export const HALF_FREEDOM = SPLITS;

function halfOf(count: number, cluster: number, order: Int32Array): Uint8Array {
  const half = new Uint8Array(count);
  order.subarray(0, Math.ceil(order.length / 2)).forEach((place) => {
    half.fill(1, place * cluster, (place + 1) * cluster);
  });
  return half;
}

function summary(pairs: readonly (readonly [number, number])[]): HalfSampled {
  const mean = pairs.reduce((sum, [a, b]) => sum + (a + b) / 2, 0) / pairs.length;
  const sum = (of: (a: number, b: number) => number): number => pairs.reduce((all, [a, b]) => all + of(a, b) ** 2, 0);
  return {
    mean,
    difference: sum((a, b) => (a - b) / 2) / pairs.length,
    quadratic: sum((a, b) => (a + b) / 2 - mean) / (pairs.length - 1),
  };
}
