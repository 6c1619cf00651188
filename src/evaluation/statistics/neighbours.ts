/**
 * Nearest neighbours of rows inside any part of their set, without a look at all rows for each part. A row keeps a list
 * of its nearest others; the k-th of a part is found along it, and a pair of two sets further apart than either list
 * reaches lies in no ball of a part.
 */
import { checkSameColumns, type Rows } from './rows.ts';
import { squaredDistance } from './squared-distance.ts';

/** Two sets with what decides which rows lie in which balls. */
export interface Neighbourhood {
  readonly samples: Nearest;
  readonly reference: Nearest;
  readonly pairs: Pairs;
}

/** The nearest other rows of each row of a set, `reach` of them, in ascending order. */
export interface Nearest {
  readonly reach: number;
  /** Which ones and their squared distances [N, reach]. */
  readonly places: Int32Array;
  readonly squares: Float64Array;
  /** The squared distance that a list reaches to [N]; infinite where it holds all rows. */
  readonly bounds: Float64Array;
}

/** Pairs of a sample and a row of the reference; those of sample i stand from `starts[i]` to `starts[i + 1]`. */
export interface Pairs {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly squares: Float64Array;
}

/** Neighbours of samples [N, d] and reference [M, d] by lists of `reach` rows or of all others. Throws DataError. */
export function neighbourhood(samples: Rows, reference: Rows, reach: number): Neighbourhood {
  checkSameColumns(samples, reference);
  const [mine, other] = [samples, reference].map((rows) => nearestOf(squaresBetween(rows, rows), reach)) as [
    Nearest,
    Nearest,
  ];
  return { samples: mine, reference: other, pairs: pairsOf(squaresBetween(samples, reference), mine, other) };
}

/**
 * The squared distance of each row inside (1) to its k-th nearest other one inside; 0 for the rest. Undefined where a
 * list holds fewer than k of them.
 */
export function radiiWithin(
  { reach, places, squares }: Nearest,
  inside: Uint8Array,
  k: number,
): Float64Array | undefined {
  const radii = new Float64Array(inside.length);
  for (let row = 0; row < inside.length; row++) {
    if (inside[row] !== 1) continue;
    let [found, place] = [0, row * reach];
    for (; found < k && place < (row + 1) * reach; place++) found += inside[places[place] as number] as number;
    if (found < k) return undefined;
    radii[row] = squares[place - 1] as number;
  }
  return radii;
}

/** Squared distances of rows [n] to rows [m]. */
interface Squares {
  readonly n: number;
  readonly m: number;
  readonly values: Float64Array;
}

function nearestOf({ n, values }: Squares, atMost: number): Nearest {
  const reach = Math.min(atMost, n - 1);
  const places = new Int32Array(n * reach);
  const squares = new Float64Array(n * reach).fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < n; row++) {
    const last = (row + 1) * reach - 1;
    for (let other = 0; other < n; other++) {
      const square = values[row * n + other] as number;
      if (other === row || square >= (squares[last] as number)) continue;
      let place = last;
      for (; place > row * reach && (squares[place - 1] as number) > square; place--) {
        squares[place] = squares[place - 1] as number;
        places[place] = places[place - 1] as number;
      }
      squares[place] = square;
      places[place] = other;
    }
  }
  const bounds = Float64Array.from({ length: n }, (_, row) =>
    reach === n - 1 ? Number.POSITIVE_INFINITY : (squares[(row + 1) * reach - 1] as number),
  );
  return { reach, places, squares, bounds };
}

function pairsOf({ n, m, values }: Squares, samples: Nearest, reference: Nearest): Pairs {
  const starts = new Int32Array(n + 1);
  const cells: number[] = [];
  for (let i = 0; i < n; i++) {
    const own = samples.bounds[i] as number;
    for (let j = 0; j < m; j++) {
      const square = values[i * m + j] as number;
      if (square <= own || square <= (reference.bounds[j] as number)) cells.push(i * m + j);
    }
    starts[i + 1] = cells.length;
  }
  return {
    starts,
    columns: Int32Array.from(cells, (cell) => cell % m),
    squares: Float64Array.from(cells, (cell) => values[cell] as number),
  };
}

function squaresBetween(a: Rows, b: Rows): Squares {
  const [n = 0, d = 0] = a.shape;
  const [m = 0] = b.shape;
  const values = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const known = a === b && j < i;
      values[i * m + j] = known ? (values[j * m + i] as number) : squaredDistance(a.data, i, b.data, j, d);
    }
  }
  return { n, m, values };
}
