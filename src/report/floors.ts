import type { TableMetric } from '../evaluation/metric/table.ts';
import type { Evaluation, Floors } from '../evaluation/stage/result.ts';
import type { Estimate } from '../ground/estimate.ts';

/** A floor of a metric: what two sets from one source measure. */
export interface Floor {
  readonly label: string;
  readonly estimate: Estimate;
}

const floorSources = [
  ['realReal', 'real–real floor'],
  ['teacherTeacher', 'teacher–teacher floor'],
] as const satisfies readonly (readonly [keyof Floors, string])[];

/** The floors that were measured for a metric. */
export function floorsOf(evaluation: Evaluation, { name }: Pick<TableMetric, 'name'>): readonly Floor[] {
  return floorSources.flatMap(([source, label]) => {
    const estimate = evaluation.floors[source]?.[name];
    return estimate === undefined ? [] : [{ label, estimate }];
  });
}
