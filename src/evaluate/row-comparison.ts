import type { Draws } from './draws.ts';
import { frechetReplicates, pairedFrechetReplicates } from './frechet.ts';
import { groupRows } from './grouping.ts';
import { estimate } from './interval.ts';
import { kernelDistance } from './kernel-distance.ts';
import { type GroupedMoments, groupedMoments } from './moments.ts';
import type { Estimate, Quality } from './result.ts';
import { type Rows, rowsOfDraws } from './rows.ts';
import { directions, type Projections, project, slicedWasserstein } from './sliced-wasserstein.ts';

/** Rows with what several comparisons need of them. */
export interface PreparedRows {
  readonly rows: Rows;
  readonly moments: GroupedMoments;
  readonly projections: Projections;
}

/** All comparisons see the same groups and directions. */
const SEED = 1;

/** Prepares independent rows [N, d]. */
export function prepareRows(rows: Rows): PreparedRows {
  const grouping = groupRows(rows.shape[0] ?? 0, { seed: SEED });
  const along = directions(rows.shape[1] ?? 0, SEED);
  return { rows, moments: groupedMoments(rows, grouping), projections: project(rows, grouping, along) };
}

/** The distances of independent sets: Fréchet, kernel and sliced Wasserstein. */
export const compareRows = (
  samples: PreparedRows,
  reference: PreparedRows,
): Pick<Quality, 'fd' | 'kid' | 'slicedW2'> => ({
  fd: estimate(frechetReplicates(samples.moments, reference.moments)),
  kid: estimate(kernelDistance(samples.rows, reference.rows, { seed: SEED })),
  slicedW2: estimate(slicedWasserstein(samples.projections, reference.projections)),
});

/**
 * The Fréchet distance of draws [C, m, D] pooled over their contexts; contexts are left out of both sets together,
 * for both are about the same ones.
 */
export function compareDraws(samples: Draws, reference: Draws): Estimate {
  const momentsOf = (draws: Draws): GroupedMoments => {
    const rows = rowsOfDraws(draws);
    return groupedMoments(rows, groupRows(rows.shape[0] ?? 0, { seed: SEED, cluster: draws.shape[1] ?? 1 }));
  };
  return estimate(pairedFrechetReplicates(momentsOf(samples), momentsOf(reference)));
}
