import { estimate } from '../statistics/interval.ts';
import { defineMetric, measureOn } from './metric.ts';
import { distance, ofOne } from './shared.ts';

/** Fréchet distance to the teacher’s other samples: what the floor is comparable to. */
export const fdToTeacher = defineMetric({
  name: 'fdToTeacher',
  label: 'FD to teacher',
  unit: 'squared distance',
  column: 'fd_to_teacher',
  best: 'low',
  table: 'main',
  curves: ['steps', 'nfe'],
  compact: true,
  log: true,
  toTeacher: true,
  rank: 2,
  heldToFloor: 'always',
  meaning:
    'Fréchet distance to samples of the teacher from the same prompts and other noise; within the floor when it is at most the upper end of the teacher–teacher floor.',
  measure: measureOn(['features', 'otherFeatures'], ({ features, otherFeatures }) =>
    ofOne(distance(features, otherFeatures), estimate),
  ),
});
