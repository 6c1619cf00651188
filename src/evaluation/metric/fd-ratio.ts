import { ratio } from '../statistics/interval.ts';
import { fd } from './fd.ts';
import { defineMetric, measureOn } from './metric.ts';
import { distance, distanceToMoments, ofTwo } from './shared.ts';

/** `fd` over the teacher’s. */
export const fdRatio = defineMetric({
  name: 'fdRatio',
  label: 'FD ÷ teacher',
  unit: 'times',
  column: 'fd_ratio',
  best: 'low',
  table: 'further',
  curves: [],
  decimals: 2,
  pairedRatioOf: fd,
  meaning: 'FD over the teacher’s FD, interval paired by prompt and noise: one is as good as the teacher.',
  measure: measureOn(['features', 'pairedFeatures', 'real'], ({ features, pairedFeatures, real }) =>
    ofTwo(distance(features, real), distance(pairedFeatures, real), ratio),
  ),
  byMoments: measureOn(['features', 'pairedFeatures', 'realMoments'], ({ features, pairedFeatures, realMoments }) =>
    ofTwo(distanceToMoments(features, realMoments), distanceToMoments(pairedFeatures, realMoments), ratio),
  ),
});
