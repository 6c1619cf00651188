import type { Estimate } from '../../ground/estimate.ts';
import { type Coverage, coverage } from '../statistics/coverage.ts';
import type { Draws } from '../statistics/draws.ts';
import { frechetExpansion, pairedFrechetExpansion } from '../statistics/frechet.ts';
import { groupRows } from '../statistics/grouping.ts';
import { combine, difference, estimate, ratio } from '../statistics/interval.ts';
import { kernelDistance } from '../statistics/kernel-distance.ts';
import { type GroupedMoments, groupedMoments } from '../statistics/moments.ts';
import { type Rows, rowsOfDraws } from '../statistics/rows.ts';
import { directions, type Projections, project, slicedWasserstein } from '../statistics/sliced-wasserstein.ts';
import type { Quality } from './result.ts';

/** Rows with what several comparisons need of them. */
export interface PreparedRows {
  readonly rows: Rows;
  readonly moments: GroupedMoments;
  readonly projections: Projections;
}

/** All comparisons see the same groups and directions. */
const SEED = 1;

/** Prepares independent rows [N, d] that go round `prompts` prompts: units are whole rounds, so all stay balanced. */
export function prepareRows(rows: Rows, prompts: number): PreparedRows {
  const count = rows.shape[0] ?? 0;
  const grouping = groupRows(count, { seed: SEED, cluster: count % prompts === 0 ? prompts : 1 });
  const along = directions(rows.shape[1] ?? 0, SEED);
  return { rows, moments: groupedMoments(rows, grouping), projections: project(rows, grouping, along) };
}

/** Neighbours are searched among so many rows at most: the work grows with their square. */
const NEIGHBOURS_AMONG = 2000;

/** Independent sets: Fréchet, kernel and sliced Wasserstein distance, and what their neighbourhoods share. */
export const compareRows = (
  samples: PreparedRows,
  reference: PreparedRows,
): Pick<Quality, 'fd' | 'kid' | 'slicedW2' | keyof Coverage> => ({
  fd: estimate(frechetExpansion(samples.moments, reference.moments)),
  kid: estimate(kernelDistance(samples.rows, reference.rows, { seed: SEED })),
  slicedW2: estimate(slicedWasserstein(samples.projections, reference.projections)),
  ...coverage(firstRows(samples.rows, NEIGHBOURS_AMONG), firstRows(reference.rows, NEIGHBOURS_AMONG), {
    cluster: samples.moments.grouping.cluster,
  }),
});

/** The first rows, at most `count`: rows go round the prompts, so that these do, too. */
function firstRows({ shape: [rows = 0, size = 0], data }: Rows, count: number): Rows {
  const kept = Math.min(rows, count);
  return { shape: [kept, size], data: data.subarray(0, kept * size) };
}

/**
 * The Fréchet distance of draws [C, m, D] pooled over their contexts; a context moves both sets together, for
 * both are about the same ones.
 */
export function compareDraws(samples: Draws, reference: Draws): Estimate {
  const momentsOf = (draws: Draws): GroupedMoments => {
    const rows = rowsOfDraws(draws);
    return groupedMoments(rows, groupRows(rows.shape[0] ?? 0, { seed: SEED, cluster: draws.shape[1] ?? 1 }));
  };
  return estimate(pairedFrechetExpansion(momentsOf(samples), momentsOf(reference)));
}

/** How much farther from the reference samples are than others, and how many times: paired row by row. */
export function compareDistances(
  samples: PreparedRows,
  others: PreparedRows,
  reference: PreparedRows,
): Pick<Quality, 'fdGap' | 'fdRatio'> {
  const mine = frechetExpansion(samples.moments, reference.moments);
  const theirs = frechetExpansion(others.moments, reference.moments);
  return {
    fdGap: estimate(combine(mine, theirs, difference(mine.value, theirs.value))),
    fdRatio: estimate(combine(mine, theirs, ratio(mine.value, theirs.value))),
  };
}
