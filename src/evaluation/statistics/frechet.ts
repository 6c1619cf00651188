/**
 * The Fréchet distance of two Gaussians with the moments of two sets of rows (Dowson and Landau 1982; Heusel et al.,
 * arXiv 1706.08500): |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2·tr (Σ₁^½ Σ₂ Σ₁^½)^½. From N rows it is biased upwards: N rows of
 * N(0, I_d) are about d/N + d(d + 1)/(4(N − 1)) away from it and two such sets twice that apart, so distances are
 * compared at equal N and beside the floor of two sets of one source.
 */
import { symmetricEigen, symmetricRoot, timesTransposed } from './eigen.ts';
import { frechetCurvature, interactionsOf, rowInfluences } from './frechet-expansion.ts';
import type { Expansion } from './interval.ts';
import type { FixedMoments, GroupedMoments, MeanAndCovariance } from './moments.ts';

/** The distance of two Gaussians; `root` is the root of the first one's covariance where it is known. */
export function frechetDistance(
  a: MeanAndCovariance,
  b: MeanAndCovariance,
  root: Float64Array = symmetricRoot(a.covariance, a.mean.length),
): number {
  const d = a.mean.length;
  // root and covariance are symmetric: (root·Σ)ᵀ = Σ·root
  const inner = timesTransposed(timesTransposed(root, b.covariance, d), root, d);
  const cross = symmetricEigen(inner, d).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  const shift = a.mean.reduce((sum, value, i) => sum + (value - (b.mean[i] ?? 0)) ** 2, 0);
  return shift + trace(a.covariance, d) + trace(b.covariance, d) - 2 * cross;
}

const trace = (matrix: Float64Array, d: number): number => {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += matrix[i * (d + 1)] ?? 0;
  return sum;
};

/** The distance of samples from an independent reference, with its expansion in the clusters of both. */
export function frechetExpansion(samples: GroupedMoments, reference: GroupedMoments): Expansion {
  const value = frechetDistance(reference.moments, samples.moments, reference.root());
  const curvature = frechetCurvature(samples, reference);
  const influences = [rowInfluences(samples, curvature.samples), rowInfluences(reference, curvature.reference)];
  const sides = [curvature.samples.effects(samples), curvature.reference.effects(reference)];
  return { value, influences, ...interactionsOf(sides), least: 0, squaredDistance: true };
}

/** The distance of samples from moments that are taken as exact: the expansion is in the samples' clusters alone. */
export function fixedFrechetExpansion(samples: GroupedMoments, reference: FixedMoments): Expansion {
  const value = frechetDistance(reference.moments, samples.moments, reference.root());
  const { samples: side } = frechetCurvature(samples, reference);
  return { value, influences: [rowInfluences(samples, side)], ...interactionsOf([side.effects(samples)]), least: 0 };
}

/** The distance of samples from a reference paired cluster by cluster (same contexts): both move together. */
export function pairedFrechetExpansion(samples: GroupedMoments, reference: GroupedMoments): Expansion {
  const value = frechetDistance(reference.moments, samples.moments, reference.root());
  const curvature = frechetCurvature(samples, reference);
  const other = rowInfluences(reference, curvature.reference);
  const influences = [rowInfluences(samples, curvature.samples).map((own, i) => own + (other[i] ?? 0))];
  const effects = curvature.reference.effects(reference);
  const joint = curvature.samples
    .effects(samples)
    .map((own, group) => own.map((effect, i) => effect + (effects[group]?.[i] ?? 0)));
  return { value, influences, ...interactionsOf([joint]), least: 0, squaredDistance: true };
}
