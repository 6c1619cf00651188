import type { Quality, TableMetric } from '../evaluation/metric/table.ts';
import type { Estimate } from '../ground/estimate.ts';
import { estimateText } from './number.ts';
import type { Summary } from './summary.ts';

/** What a head is judged in: an evaluation, and the metrics of its summary. */
type Judged = Pick<Summary, 'evaluation' | 'metrics'>;

/** The distance that is held against the teacher–teacher floor, and that floor. */
export interface FloorTest {
  readonly metric: TableMetric;
  readonly floor: Estimate;
}

/**
 * What decides whether a head is within the floor: the first metric that is always held to it, else one that is where
 * there are no images, as it then is to the teacher's samples. Undefined where the floor was not measured.
 */
export function floorTest({ evaluation: { floors, unit }, metrics }: Judged): FloorTest | undefined {
  const conditions = unit === 'tokens' ? (['always', 'without images'] as const) : (['always'] as const);
  const held = conditions.flatMap((condition) => metrics.filter(({ heldToFloor }) => heldToFloor === condition));
  const metric = held.find(({ name }) => floors.teacherTeacher[name] !== undefined);
  const floor = metric && floors.teacherTeacher[metric.name];
  return metric && floor && { metric, floor };
}

/** Whether a head's samples are as near to the teacher's as the teacher's own other samples: at most the upper end. */
export function withinFloor(quality: Quality, summary: Judged): boolean | undefined {
  const test = floorTest(summary);
  const own = test && quality[test.metric.name];
  return own && own.value <= test.floor.high;
}

/** The floor in words: `Teacher–teacher floor of FD to teacher: 1.31 [1.15, 1.47].`; empty where there is none. */
export function floorSentence(summary: Judged): string {
  const test = floorTest(summary);
  return test ? `Teacher–teacher floor of ${test.metric.label}: ${estimateText(test.floor, test.metric)}.` : '';
}
