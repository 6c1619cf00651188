/**
 * The Fréchet distance to second order in both moments. With A and B the covariances of reference and samples,
 * M = (A^½BA^½)^½ = U·diag(m)·Uᵀ and T = A^{−½}MA^{−½} (TAT = B), the slope is I − T in A and I − T⁻¹ in B, and changes
 * H_A and H_B bend it by ½·Σᵢⱼ Gᵢⱼ²/(mᵢmⱼ(mᵢ + mⱼ)), where G = UᵀA^½(H_B − T·H_A·T)A^½U: from T·A·T = B,
 * d(T)·AT + TA·d(T) = H_B − T·H_A·T. So near equality the distance is the squared length of a mean of the rows' effects.
 * Directions in which either set has no spread are left out.
 */
import { dot } from './dot.ts';
import { symmetricEigen, timesTransposed, transposed } from './eigen.ts';
import { acrossInteractions, withinInteractions } from './interaction.ts';
import type { Expansion } from './interval.ts';
import type { FixedMoments, GroupedMoments } from './moments.ts';

/** How the distance answers to one set's moments. */
export interface Side {
  /** Slopes in its mean [d] and its covariance [d, d]. */
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  /** For each group of rows a vector; half the curvature is the squared length of the sum over both sets. */
  effects(set: GroupedMoments): readonly Float64Array[];
}

/** Spread below this share of the largest root eigenvalue is rounding. */
const ROUNDING = 1e-7;

/** Slopes and curvature of the distance at two sets' moments. */
export function frechetCurvature(
  samples: GroupedMoments,
  reference: FixedMoments,
): { readonly samples: Side; readonly reference: Side } {
  const d = samples.moments.mean.length;
  const root = reference.root();
  const inner = timesTransposed(timesTransposed(root, samples.moments.covariance, d), root, d);
  const { values, vectors } = symmetricEigen(inner, d);
  const m = values.map((value) => Math.sqrt(Math.max(0, value)));
  const axes = transposed(vectors, d);
  const toSamples = timesTransposed(axes, root, d); // UᵀA^½
  const toReference = scaleRows(timesTransposed(axes, inverseOf(root, d), d), m); // diag(m)·UᵀA^{−½}
  const shift = samples.moments.mean.map((value, i) => 2 * (value - (reference.moments.mean[i] as number)));
  return {
    samples: sideOf(toSamples, m, shift, 1),
    reference: sideOf(
      toReference,
      m,
      shift.map((value) => -value),
      -1,
    ),
  };
}

function sideOf(axes: Float64Array, m: Float64Array, mean: Float64Array, sign: 1 | -1): Side {
  const d = m.length;
  const known = m.map((value) => (value > ROUNDING * (m.at(-1) as number) ? value : Number.POSITIVE_INFINITY));
  const half = transposed(
    scaleRows(
      axes,
      known.map((value) => value ** -0.5),
    ),
    d,
  );
  const covariance = timesTransposed(half, half, d).map((value, cell) => (cell % (d + 1) === 0 ? 1 : 0) - value);
  const effects = (set: GroupedMoments) =>
    Array.from({ length: set.grouping.groups }, (_, group) => {
      const { first, second } = set.deviation(group);
      const inAxes = timesTransposed(timesTransposed(axes, second, d), axes, d);
      return effectOf(first, inAxes, known, sign);
    });
  return { mean, covariance, effects };
}

/** √ of each part of half the curvature: of the mean's change, and of the covariance's in the axes (both triangles at once). */
function effectOf(first: Float64Array, second: Float64Array, m: Float64Array, sign: 1 | -1): Float64Array {
  const d = m.length;
  const out = new Float64Array(d + (d * (d + 1)) / 2);
  let place = 0;
  for (const value of first) out[place++] = sign * value;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [m[i] as number, m[j] as number];
      const weight = Number.isFinite(a + b) ? Math.sqrt((i === j ? 0.5 : 1) / (a * b * (a + b))) : 0;
      out[place++] = sign * weight * (second[i * d + j] as number);
    }
  }
  return out;
}

const scaleRows = (matrix: Float64Array, by: Float64Array): Float64Array =>
  matrix.map((value, cell) => value * (by[Math.floor(cell / by.length)] as number));

/** The inverse of a symmetric root; without the directions in which it is zero. */
function inverseOf(root: Float64Array, d: number): Float64Array {
  const { values, vectors } = symmetricEigen(root, d);
  const least = ROUNDING * (values.at(-1) as number);
  const half = vectors.map((value, cell) => {
    const size = values[cell % d] as number;
    return size > least ? value / Math.sqrt(size) : 0;
  });
  return timesTransposed(half, half, d);
}

/** By how much each cluster of rows moves the distance, through its mean and its covariance. */
export function rowInfluences(
  { rows, moments, grouping: { cluster } }: GroupedMoments,
  { mean, covariance }: Side,
): Float64Array {
  const d = mean.length;
  const out = new Float64Array(moments.count / cluster);
  const row = new Float64Array(d);
  for (let index = 0; index < moments.count; index++) {
    for (let i = 0; i < d; i++) row[i] = (rows.data[index * d + i] as number) - (moments.mean[i] as number);
    let sum = dot(mean, 0, row, 0, d);
    for (let i = 0; i < d; i++) sum += (row[i] as number) * dot(covariance, i * d, row, 0, d);
    const place = Math.floor(index / cluster);
    out[place] = (out[place] as number) + sum / moments.count;
  }
  return out;
}

/** Interactions of pairs of groups of one set or of two, from the effects of each, and the bias. */
export function interactionsOf(sides: readonly (readonly Float64Array[])[]): Pick<Expansion, 'interactions' | 'bias'> {
  const [left = [], right] = sides;
  const tables = sides.map((side) => productsOf(side, side));
  const parts = tables.map((table, side) => withinInteractions(table, sides[side]?.length ?? 0));
  if (right !== undefined) parts.push(acrossInteractions(productsOf(left, right), left.length, right.length));
  const own = sides.map((side, index) => {
    const table = tables[index] as Float64Array;
    return side.reduce((sum, _, group) => sum + (table[group * (side.length + 1)] as number), 0) * share(side.length);
  });
  return {
    interactions: Float64Array.from(parts.flatMap((part) => Array.from(part, (value) => 2 * value))),
    bias: own.reduce((sum, value) => sum + value, 0),
  };
}

/** Deviations from their own mean are short of g/(g − 1). */
const share = (groups: number): number => groups / Math.max(1, groups - 1);

const productsOf = (a: readonly Float64Array[], b: readonly Float64Array[]): Float64Array =>
  Float64Array.from(a.flatMap((left) => b.map((right) => dot(left, 0, right, 0, left.length))));
