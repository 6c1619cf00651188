import { expect, it } from 'vitest';
import { splitRemarks } from '../../../src/teachers/capture/split.ts';

const sequencesOf = (length: number, rows: number): Int32Array =>
  Int32Array.from({ length: rows }, (_, i) => i % length);

it.each([
  ['rows without positions', undefined, 'because they have no position'],
  ['fewer than twenty sequences', sequencesOf(10, 100), 'because there are only 10 sequences'],
  ['twenty sequences', sequencesOf(5, 100), undefined],
  ['few rows that are a sequence each', sequencesOf(1, 100).subarray(0, 5), undefined],
])('a split of %s is remarked upon where it parts sequences', (_, positions, why) => {
  const remarks = splitRemarks(positions?.length ?? 100, positions);
  expect(remarks).toHaveLength(why === undefined ? 0 : 1);
  expect(remarks.join()).toContain(why ?? '');
});
