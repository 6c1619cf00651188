import { populationEstimate } from '../statistics/interval.ts';
import { defineMetric, measureOn } from './metric.ts';
import { distance, distanceToMoments, ofOne } from './shared.ts';

/** The Fréchet distance to real data less what finite samples add to it. */
export const fdInfinity = defineMetric({
  name: 'fdInfinity',
  label: 'FD∞',
  unit: 'squared distance',
  column: 'fd_infinity',
  best: 'low',
  table: 'further',
  curves: [],
  log: true,
  meaning:
    'FD for endlessly many samples (Chong and Forsyth, arXiv 1911.07023): the bias of finite sets, by the distance’s second-order expansion, is taken off, so that evaluations of other sizes compare.',
  measure: measureOn(['features', 'real'], ({ features, real }) => ofOne(distance(features, real), populationEstimate)),
  byMoments: measureOn(['features', 'realMoments'], ({ features, realMoments }) =>
    ofOne(distanceToMoments(features, realMoments), populationEstimate),
  ),
});
