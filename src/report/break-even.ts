import type { Entry, Summary } from './summary.ts';

/**
 * How many tokens a student must make until the head forwards that it saves, against the teacher as it is run, are those
 * that making it took: trajectories in full and training. Undefined where it saves none or its cost is not known.
 */
export function breakEvenTokens({ cost, nfe }: Entry, { teacher }: Pick<Summary, 'teacher'>): number | undefined {
  const saved = teacher.nfe - nfe;
  return cost === undefined || saved <= 0 ? undefined : Math.ceil(cost.totalForwards / saved);
}
