/**
 * The Fréchet distance of two Gaussians with the moments of two sets of rows (Dowson and Landau 1982; Heusel et al.,
 * arXiv 1706.08500): |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2·tr (Σ₁^½ Σ₂ Σ₁^½)^½. From N rows it is biased upwards: N rows of
 * N(0, I_d) are about d/N + d(d + 1)/(4(N − 1)) away from it and two such sets twice that apart, so distances are
 * compared at equal N and beside the floor of two sets of one source.
 */
import { symmetricEigen, symmetricRoot, timesTransposed } from './eigen.ts';
import { type Omission, type Replicates, replicate } from './interval.ts';
import type { GroupedMoments, Moments } from './moments.ts';

/** The distance of two Gaussians; `root` is the root of the first one's covariance where it is known. */
export function frechetDistance(
  a: Pick<Moments, 'mean' | 'covariance'>,
  b: Pick<Moments, 'mean' | 'covariance'>,
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

/** The distance of samples from an independent reference, with each group of either left out. */
export function frechetReplicates(samples: GroupedMoments, reference: GroupedMoments): Replicates {
  const distance = (omitted?: Omission): number => {
    const mine = omitted?.set === 0 ? omitted.group : undefined;
    const other = omitted?.set === 1 ? omitted.group : undefined;
    return frechetDistance(reference.of(other), samples.of(mine), reference.root(other));
  };
  return replicate([samples.groups, reference.groups], distance, 0);
}

/** The distance of samples from a reference paired row by row (same prompt and noise), groups left out of both. */
export function pairedFrechetReplicates(samples: GroupedMoments, reference: GroupedMoments): Replicates {
  const distance = (omitted?: Omission): number =>
    frechetDistance(reference.of(omitted?.group), samples.of(omitted?.group), reference.root(omitted?.group));
  return replicate([samples.groups], distance, 0);
}
