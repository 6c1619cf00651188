import { difference } from '../statistics/interval.ts';
import { defineMetric, measureOn } from './metric.ts';
import { distance, distanceToMoments, ofTwo } from './shared.ts';

/** `fd` minus the teacher’s. */
export const fdGap = defineMetric({
  name: 'fdGap',
  label: 'FD − teacher',
  unit: 'squared distance',
  column: 'fd_gap',
  best: 'low',
  table: 'further',
  curves: [],
  meaning: 'FD minus the teacher’s FD, interval paired by prompt and noise: zero is as good as the teacher.',
  measure: measureOn(['features', 'pairedFeatures', 'real'], ({ features, pairedFeatures, real }) =>
    ofTwo(distance(features, real), distance(pairedFeatures, real), difference),
  ),
  byMoments: measureOn(['features', 'pairedFeatures', 'realMoments'], ({ features, pairedFeatures, realMoments }) =>
    ofTwo(distanceToMoments(features, realMoments), distanceToMoments(pairedFeatures, realMoments), difference),
  ),
});
