import type { Estimate } from '../../ground/estimate.ts';
import { wilson } from './accuracy.ts';
import { checkSameColumns, type Rows } from './rows.ts';
import { squaredDistance } from './squared-distance.ts';

/** The nearest neighbour of a row in another set: its index there, and its squared distance. */
export interface Neighbour {
  readonly index: number;
  readonly square: number;
}

/** A row with its nearest neighbours in two sets. */
export interface NearestRow {
  readonly row: number;
  readonly first: Neighbour;
  readonly second: Neighbour;
}

/**
 * The nearest neighbours of every row in two sets; of sets of other sizes, among the first rows of the larger. Throws
 * DataError.
 */
export function nearestRows(rows: Rows, first: Rows, second: Rows): NearestRow[] {
  checkSameColumns(rows, first);
  checkSameColumns(rows, second);
  const [count = 0, size = 0] = rows.shape;
  const others = Math.min(first.shape[0] ?? 0, second.shape[0] ?? 0);
  const nearest = (row: number, set: Rows): Neighbour => nearestTo(rows.data, row, set.data, others, size);
  return Array.from({ length: count }, (_, row) => ({ row, first: nearest(row, first), second: nearest(row, second) }));
}

/**
 * The share of rows whose nearest neighbour among both sets is of the first: half where two sets of one size come from one
 * source and the rows copy neither (after Meehan et al., arXiv 2004.05675). With Wilson's 95 % interval.
 */
export const shareNearest = (rows: readonly NearestRow[]): Estimate =>
  wilson(rows.filter(({ first, second }) => first.square < second.square).length, rows.length);

/** The rows that are nearest to the first set for how near the second comes, those first: what copies look like. */
export const mostLike = (rows: readonly NearestRow[], count: number): NearestRow[] =>
  rows
    .filter(({ second }) => second.square > 0)
    .sort((a, b) => a.first.square / a.second.square - b.first.square / b.second.square)
    .slice(0, count);

function nearestTo(rows: Float32Array, row: number, others: Float32Array, count: number, size: number): Neighbour {
  let least: Neighbour = { index: 0, square: Number.POSITIVE_INFINITY };
  for (let index = 0; index < count; index++) {
    const square = squaredDistance(rows, row, others, index, size);
    if (square < least.square) least = { index, square };
  }
  return least;
}
