import type { Evaluation, Quality } from '../evaluation/stage/result.ts';
import type { Estimate } from '../ground/estimate.ts';
import { type Metric, metricOf } from './metric.ts';
import { estimateText } from './number.ts';

/** The distance that is held against the teacher–teacher floor, and that floor. */
export interface FloorTest {
  readonly metric: Metric;
  readonly floor: Estimate;
}

/**
 * What decides whether a head is within the floor: FD to the teacher's samples; where there are no images, FD itself,
 * which then is to the teacher's samples too. Undefined where the floor was not measured.
 */
export function floorTest({ floors, unit }: Evaluation): FloorTest | undefined {
  const keys: readonly (keyof Quality)[] = unit === 'tokens' ? ['fdToTeacher', 'fd'] : ['fdToTeacher'];
  const key = keys.find((candidate) => floors.teacherTeacher[candidate] !== undefined);
  const floor = key && floors.teacherTeacher[key];
  return key && floor && { metric: metricOf(key), floor };
}

/** Whether a head's samples are as near to the teacher's as the teacher's own other samples: at most the upper end. */
export function withinFloor(quality: Quality, evaluation: Evaluation): boolean | undefined {
  const test = floorTest(evaluation);
  const own = test && quality[test.metric.key];
  return own && own.value <= test.floor.high;
}

/** The floor in words: `Teacher–teacher floor of FD to teacher: 1.31 [1.15, 1.47].`; empty where there is none. */
export function floorSentence(evaluation: Evaluation): string {
  const test = floorTest(evaluation);
  return test ? `Teacher–teacher floor of ${test.metric.label}: ${estimateText(test.floor, test.metric)}.` : '';
}
