import { type Grouping, groupRows } from '../statistics/grouping.ts';
import { type GroupedMoments, groupedMoments } from '../statistics/moments.ts';
import type { Rows } from '../statistics/rows.ts';
import { directions, type Projections, project } from '../statistics/sliced-wasserstein.ts';

/** Rows with what several comparisons need of them. */
export interface PreparedRows {
  readonly rows: Rows;
  readonly grouping: Grouping;
  /** Undefined where rows do not outnumber columns: their covariance has no full rank, and distances of it say nothing. */
  readonly moments?: GroupedMoments;
  readonly projections: Projections;
}

/** All comparisons see the same groups, directions and subsets. */
export const SEED = 1;

/** Prepares independent rows [N, d] that go round `prompts` prompts: units are whole rounds, so all stay balanced. */
export function prepareRows(rows: Rows, prompts: number): PreparedRows {
  const [count = 0, size = 0] = rows.shape;
  const balanced = count % prompts === 0 && count > prompts;
  const grouping = groupRows(count, { seed: SEED, cluster: balanced ? prompts : 1 });
  const projections = project(rows, grouping, directions(size, SEED));
  return { rows, grouping, projections, ...(count > size && { moments: groupedMoments(rows, grouping) }) };
}
