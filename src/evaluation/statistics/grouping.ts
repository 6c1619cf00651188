import { DataError } from '../../ground/errors.ts';
import { stream } from '../../ground/random/philox.ts';

/** Rows in groups of nearly the same size, at random: between groups it is seen what rows do together. */
export interface Grouping {
  readonly groups: number;
  /** Consecutive rows of one independent unit. */
  readonly cluster: number;
  /** The group of each row. */
  readonly of: Int32Array;
}

/** How rows are grouped. Equal options and row counts give equal groups, so paired rows are in one group. */
export interface GroupingOptions {
  readonly seed: number;
  /** 25 unless given; fewer where there are fewer clusters. */
  readonly groups?: number;
  /**
   * Consecutive rows that are never split; 1 unless given. Draws of one context; or, where rows take turns through the
   * prompts, a whole turn: units that were not balanced as the rows are would show a spread that the rows do not have.
   */
  readonly cluster?: number;
}

/** Groups rows 0 … count − 1. Throws DataError where there are fewer than two clusters. */
export function groupRows(count: number, { seed, groups = 25, cluster = 1 }: GroupingOptions): Grouping {
  const clusters = count / cluster;
  if (!Number.isInteger(clusters) || clusters < 2) {
    throw new DataError(`rows: expected at least two clusters of ${cluster}, got ${count} rows`);
  }
  const used = Math.min(groups, clusters);
  const order = stream('groups', seed).permutation(clusters);
  const of = new Int32Array(count);
  order.forEach((place, position) => {
    of.fill(position % used, place * cluster, (place + 1) * cluster);
  });
  return { groups: used, cluster, of };
}
