import type { Estimate } from '../../ground/estimate.ts';
import { wilson } from './accuracy.ts';
import { checkSameColumns, type Rows } from './rows.ts';
import { squaredDistance } from './squared-distance.ts';

/**
 * The share of rows whose nearest neighbour among both sets is of the first: half where two sets of one size come from one
 * source and the rows copy neither (after Meehan et al., arXiv 2004.05675). Of sets of other sizes, the first rows of the larger. With
 * Wilson's 95 % interval. Throws DataError.
 */
export function shareNearest(rows: Rows, first: Rows, second: Rows): Estimate {
  checkSameColumns(rows, first);
  checkSameColumns(rows, second);
  const [count = 0, size = 0] = rows.shape;
  const others = Math.min(first.shape[0] ?? 0, second.shape[0] ?? 0);
  let near = 0;
  for (let row = 0; row < count; row++)
    if (leastSquare(rows.data, row, first.data, others, size) < leastSquare(rows.data, row, second.data, others, size))
      near++;
  return wilson(near, count);
}

/** The squared distance of a row to the nearest of others. */
function leastSquare(rows: Float32Array, row: number, others: Float32Array, count: number, size: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let other = 0; other < count; other++) least = Math.min(least, squaredDistance(rows, row, others, other, size));
  return least;
}
