import { methodNamed } from '../../distillation/method/table.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import type { PlannedRow } from './plan.ts';

/** The factors on the noise of a student's row, which are of its method's own sampler. */
export const rowNoiseScales = (
  { noiseScales, method }: Pick<TrainedStudent, 'noiseScales' | 'method'>,
  { sampler, steps }: Pick<PlannedRow, 'sampler' | 'steps'>,
): readonly number[] | undefined => (sampler === methodNamed(method).sampler ? noiseScales?.[steps] : undefined);

/** The times of a student's row: those that were searched, or given for its method's own sampler; undefined of equal steps. */
export const rowTimes = (
  { facts, times, method }: Pick<TrainedStudent, 'facts' | 'times' | 'method'>,
  { sampler, steps }: Pick<PlannedRow, 'sampler' | 'steps'>,
): readonly number[] | undefined =>
  facts.searched?.find((found) => found.sampler === sampler && found.steps === steps)?.times ??
  (sampler === methodNamed(method).sampler ? times?.[steps] : undefined);
