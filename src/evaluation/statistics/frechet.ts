/**
 * The Fréchet distance of two Gaussians with the moments of two sets of rows (Dowson and Landau 1982; Heusel et al.,
 * arXiv 1706.08500): |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2·tr (Σ₁^½ Σ₂ Σ₁^½)^½. From N rows it is biased upwards: N rows of
 * N(0, I_d) are about d/N + d(d + 1)/(4(N − 1)) away from it and two such sets twice that apart, so distances are
 * compared at equal N and beside the floor of two sets of one source.
 */
import { symmetricEigen, symmetricRoot, timesTransposed } from './eigen.ts';
import { distanceOf, frechetCurvature, interactionsOf, rowInfluences } from './frechet-expansion.ts';
import type { Expansion } from './interval.ts';
import type { FixedMoments, GroupedMoments, MeanAndCovariance } from './moments.ts';

/** The distance of two Gaussians. */
export function frechetDistance(a: MeanAndCovariance, b: MeanAndCovariance): number {
  const d = a.mean.length;
  const root = symmetricRoot(a.covariance, d);
  // root and covariance are symmetric: (root·Σ)ᵀ = Σ·root
  const inner = timesTransposed(timesTransposed(root, b.covariance, d), root, d);
  return distanceOf(
    a,
    b,
    symmetricEigen(inner, d).values.map((value) => Math.sqrt(Math.max(0, value))),
  );
}

/** The distance of samples from an independent reference, with its expansion in the clusters of both. */
export function frechetExpansion(samples: GroupedMoments, reference: GroupedMoments): Expansion {
  const { value, ...curvature } = frechetCurvature(samples, reference);
  const influences = [rowInfluences(samples, curvature.samples), rowInfluences(reference, curvature.reference)];
  const sides = [curvature.samples.effects(samples), curvature.reference.effects(reference)];
  return { value, influences, ...interactionsOf(sides), least: 0, squaredDistance: true };
}

/** The distance of samples from moments that are taken as exact: the expansion is in the samples' clusters alone. */
export function fixedFrechetExpansion(samples: GroupedMoments, reference: FixedMoments): Expansion {
  const { value, samples: side } = frechetCurvature(samples, reference);
  return {
    value,
    influences: [rowInfluences(samples, side)],
    ...interactionsOf([side.effects(samples)]),
    least: 0,
    squaredDistance: true,
  };
}

/** The distance of samples from a reference paired cluster by cluster (same contexts): both move together. */
export function pairedFrechetExpansion(samples: GroupedMoments, reference: GroupedMoments): Expansion {
  const { value, ...curvature } = frechetCurvature(samples, reference);
  const other = rowInfluences(reference, curvature.reference);
  const influences = [rowInfluences(samples, curvature.samples).map((own, i) => own + (other[i] ?? 0))];
  const effects = curvature.reference.effects(reference);
  const joint = curvature.samples
    .effects(samples)
    .map((own, group) => own.map((effect, i) => effect + (effects[group]?.[i] ?? 0)));
  return { value, influences, ...interactionsOf([joint]), least: 0, squaredDistance: true };
}
