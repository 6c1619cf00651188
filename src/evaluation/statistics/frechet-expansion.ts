/**
 * The Fréchet distance to second order in both moments. With A and B the covariances of reference and samples,
 * M = (A^½BA^½)^½ = U·diag(m)·Uᵀ and T = A^{−½}MA^{−½} (TAT = B), the slope is I − T in A and I − T⁻¹ in B, and changes
 * H_A and H_B bend it by ½·Σᵢⱼ Gᵢⱼ²/(mᵢmⱼ(mᵢ + mⱼ)), where G = UᵀA^½(H_B − T·H_A·T)A^½U: from T·A·T = B,
 * d(T)·AT + TA·d(T) = H_B − T·H_A·T. So near equality the distance is the squared length of a mean of the rows' effects.
 * Directions in which either set has no spread are left out.
 */
import { dot } from './dot.ts';
import { ROUNDING, symmetricEigen, timesTransposed, transposed } from './eigen.ts';
import { acrossInteractions, withinInteractions } from './interaction.ts';
import type { Expansion } from './interval.ts';
import { type Deviation, type FixedMoments, type GroupedMoments, type MeanAndCovariance, triangle } from './moments.ts';

/** How the distance answers to one set's moments. */
export interface Side {
  /** Slopes in its mean [d] and its covariance [d, d]. */
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  /** For each group of rows a vector; half the curvature is the squared length of the sum over both sets. */
  effects(set: GroupedMoments): readonly Float64Array[];
}

/** The distance of two sets' moments, with its slopes and curvature. */
export function frechetCurvature(
  samples: GroupedMoments,
  reference: FixedMoments,
): { readonly value: number; readonly samples: Side; readonly reference: Side } {
  const d = samples.moments.mean.length;
  const root = reference.root();
  const inner = timesTransposed(timesTransposed(root, samples.moments.covariance, d), root, d);
  const { values, vectors } = symmetricEigen(inner, d);
  const m = values.map((value) => Math.sqrt(Math.max(0, value)));
  const axes = transposed(vectors, d);
  const toSamples = timesTransposed(axes, root, d); // UᵀA^½
  const toReference = scaleRows(timesTransposed(axes, reference.inverseRoot(), d), m); // diag(m)·UᵀA^{−½}
  const shift = samples.moments.mean.map((value, i) => 2 * (value - (reference.moments.mean[i] as number)));
  return {
    value: distanceOf(reference.moments, samples.moments, m),
    samples: sideOf(toSamples, m, shift, 1),
    reference: sideOf(
      toReference,
      m,
      shift.map((value) => -value),
      -1,
    ),
  };
}

/** The distance of two Gaussians; `roots` are the eigenvalues of (A^½BA^½)^½. */
export function distanceOf(a: MeanAndCovariance, b: MeanAndCovariance, roots: Float64Array): number {
  const d = a.mean.length;
  const cross = roots.reduce((sum, value) => sum + value, 0);
  const shift = a.mean.reduce((sum, value, i) => sum + (value - (b.mean[i] ?? 0)) ** 2, 0);
  return shift + trace(a.covariance, d) + trace(b.covariance, d) - 2 * cross;
}

const trace = (matrix: Float64Array, d: number): number => {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += matrix[i * (d + 1)] ?? 0;
  return sum;
};

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
  const effects = (set: GroupedMoments) => set.deviations(axes).map((deviation) => effectOf(deviation, known, sign));
  return { mean, covariance, effects };
}

/** √ of each part of half the curvature: of the mean's change, and of the covariance's in the axes (both triangles at once). */
function effectOf({ first, second }: Deviation, m: Float64Array, sign: 1 | -1): Float64Array {
  const d = m.length;
  const out = new Float64Array(d + triangle(d));
  out.set(first.map((value) => sign * value));
  for (let i = 0, place = 0; i < d; i++) {
    for (let j = 0; j <= i; j++, place++) {
      const [a, b] = [m[i] as number, m[j] as number];
      const weight = Number.isFinite(a + b) ? Math.sqrt((i === j ? 0.5 : 1) / (a * b * (a + b))) : 0;
      out[d + place] = sign * weight * (second[place] as number);
    }
  }
  return out;
}

const scaleRows = (matrix: Float64Array, by: Float64Array): Float64Array =>
  matrix.map((value, cell) => value * (by[Math.floor(cell / by.length)] as number));

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
