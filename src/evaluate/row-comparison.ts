import { frechetReplicates } from './frechet.ts';
import { groupRows } from './grouping.ts';
import { estimate } from './interval.ts';
import { kernelDistance } from './kernel-distance.ts';
import { type GroupedMoments, groupedMoments } from './moments.ts';
import type { Quality } from './result.ts';
import type { Rows } from './rows.ts';
import { directions, type Projections, project, slicedWasserstein } from './sliced-wasserstein.ts';

/** Rows with what several comparisons need of them. */
export interface PreparedRows {
  readonly rows: Rows;
  readonly moments: GroupedMoments;
  readonly projections: Projections;
  readonly cluster: number;
}

/** All comparisons see the same groups and directions. */
const SEED = 1;

/** Prepares rows [N, d]; `cluster` consecutive rows (draws of one context) belong together. */
export function prepareRows(rows: Rows, cluster = 1): PreparedRows {
  const grouping = groupRows(rows.shape[0] ?? 0, { seed: SEED, cluster });
  const along = directions(rows.shape[1] ?? 0, SEED);
  return { rows, cluster, moments: groupedMoments(rows, grouping), projections: project(rows, grouping, along) };
}

/** The distances of independent sets: Fréchet, kernel and sliced Wasserstein. */
export const compareRows = (
  samples: PreparedRows,
  reference: PreparedRows,
): Pick<Quality, 'fd' | 'kid' | 'slicedW2'> => ({
  fd: estimate(frechetReplicates(samples.moments, reference.moments)),
  kid: estimate(kernelDistance(samples.rows, reference.rows, { seed: SEED, cluster: samples.cluster })),
  slicedW2: estimate(slicedWasserstein(samples.projections, reference.projections)),
});
