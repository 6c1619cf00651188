import { expect, it } from 'vitest';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { groupRows } from '../../../src/evaluation/statistics/grouping.ts';
import { directions, project } from '../../../src/evaluation/statistics/sliced-wasserstein.ts';
import { gaussianRows } from '../statistics/gaussian-rows.ts';

it.each([
  [60, 10, 10],
  [60, 7, 1],
  [60, 1, 1],
])(
  '%d rows that go round %d prompts are in units of %d, and all comparisons see the seed 1',
  (count, prompts, cluster) => {
    const rows = gaussianRows(count, 3, 'prepared');
    const grouping = groupRows(count, { seed: 1, cluster });
    const prepared = prepareRows(rows, prompts);
    expect(prepared.rows).toBe(rows);
    expect(prepared.grouping).toEqual(grouping);
    expect(prepared.moments?.grouping).toEqual(grouping);
    expect(prepared.projections).toEqual(project(rows, grouping, directions(3, 1)));
  },
);

it('have no moments where they do not outnumber their columns, and no units where they are one round', () => {
  expect(prepareRows(gaussianRows(20, 20, 'few'), 10).moments).toBeUndefined();
  expect(prepareRows(gaussianRows(21, 20, 'few'), 7).moments).toBeDefined();
  expect(prepareRows(gaussianRows(10, 3, 'one round'), 10).grouping.cluster).toBe(1);
});
