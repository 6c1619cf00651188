import { groupRows } from '../statistics/grouping.ts';
import { type GroupedMoments, groupedMoments } from '../statistics/moments.ts';
import type { Rows } from '../statistics/rows.ts';
import { directions, type Projections, project } from '../statistics/sliced-wasserstein.ts';

/** Rows with what several comparisons need of them. */
export interface PreparedRows {
  readonly rows: Rows;
  readonly moments: GroupedMoments;
  readonly projections: Projections;
}

/** All comparisons see the same groups, directions and subsets. */
export const SEED = 1;

/** Prepares independent rows [N, d] that go round `prompts` prompts: units are whole rounds, so all stay balanced. */
export function prepareRows(rows: Rows, prompts: number): PreparedRows {
  const count = rows.shape[0] ?? 0;
  const grouping = groupRows(count, { seed: SEED, cluster: count % prompts === 0 ? prompts : 1 });
  const along = directions(rows.shape[1] ?? 0, SEED);
  return { rows, moments: groupedMoments(rows, grouping), projections: project(rows, grouping, along) };
}
