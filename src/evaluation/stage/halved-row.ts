import { samplers } from '../../distillation/student/sampler/table.ts';
import type { SampledRow } from './samples.ts';

/**
 * The row of the same student, sampler and seed whose equal steps halve those of a row; undefined where there is none, and of
 * samplers that add noise between steps, whose ends are not to be the same.
 */
export function halvedRow(
  { row, student, other, guidance }: SampledRow,
  rows: readonly SampledRow[],
): SampledRow | undefined {
  if (other || row.sampler === undefined || row.annealed !== undefined) return undefined;
  if (samplers[row.sampler].renoises || student?.facts.searched || student?.times || student?.noiseScales)
    return undefined;
  return rows.find(
    (one) =>
      one.row.name === row.name &&
      one.row.seed === row.seed &&
      one.row.steps === 2 * row.steps &&
      one.row.annealed === undefined &&
      one.guidance === guidance,
  );
}
